"""Figures of merit agree with scikit-learn's, ties and resamples included."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    f1_score,
    precision_recall_curve,
    precision_recall_fscore_support,
    roc_auc_score,
    roc_curve,
)

from models.evaluation import calibration, curves, measures

# Few distinct scores, so that ties are common.
ITEMS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 5)), min_size=2, max_size=40).filter(
    lambda items: {target for target, _ in items} == {0, 1}
)
PROPERTY = hypothesis_settings(max_examples=60, deadline=None)


def arrays(items):
    targets, scores = np.array(items, dtype=np.float64).T
    return targets, scores / 5


def drawn(n: int, seed: int = 0):
    """Return targets, scores that rank them well, and patients of three items each."""
    rng = np.random.default_rng(seed)
    targets = (rng.random(n) < 0.3).astype(float)
    return targets, np.clip(rng.random(n) * 0.7 + 0.3 * targets, 0, 1), np.arange(n) // 3


@PROPERTY
@given(ITEMS)
def test_areas(items):
    targets, scores = arrays(items)
    roc, pr = measures.areas(targets, scores, np.arange(len(scores)), np.ones((len(scores), 1)))
    assert roc[0] == measures.auroc(targets, scores) == pytest.approx(roc_auc_score(targets, scores))
    assert pr[0] == pytest.approx(average_precision_score(targets, scores))


@pytest.mark.parametrize("n_draws", [2, 200_000])
def test_areas_do_not_depend_on_the_blocks(n_draws):
    """With many draws a block holds a few items only."""
    targets, scores, patients = drawn(60)
    counts = np.broadcast_to(np.ones((20, 1), np.float32), (20, n_draws))
    roc, pr = measures.areas(targets, scores, patients, counts)
    assert roc[[0, -1]] == pytest.approx(roc_auc_score(targets, scores))
    assert pr[[0, -1]] == pytest.approx(average_precision_score(targets, scores))


@pytest.mark.parametrize("n_distinct", [None, 3])
def test_memory_does_not_grow_with_the_items(n_distinct):
    """Positives on top: the negatives below are one run, and few distinct scores are long ties."""
    n, n_draws = 30_000, 400
    scores = np.linspace(1, 0, n)
    targets = np.arange(n) < 30
    if n_distinct:
        scores, targets = np.arange(n) % n_distinct / n_distinct, np.arange(n) % 100 == 0
    counts = np.ones((n, n_draws), np.float32)
    tracemalloc.start()
    roc, pr = measures.areas(targets, scores, np.arange(n), counts)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < counts.nbytes / 2
    assert roc[-1] == pytest.approx(roc_auc_score(targets, scores))
    assert pr[-1] == pytest.approx(average_precision_score(targets, scores))


@PROPERTY
@given(ITEMS, st.integers(0, 99), st.integers(1, 9))
def test_draws_count_items_whatever_the_blocks(items, seed, size):
    targets, scores = arrays(items)
    counts = np.random.default_rng(seed).integers(0, 3, (len(targets), 2)).astype(np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measures, "_BLOCK_CELLS", 2 * size)
        roc, pr = measures.areas(targets, scores, np.arange(len(targets)), counts)
    for column in range(2):
        weights = counts[:, column]
        if len(set(targets[weights > 0])) == 2:
            assert roc[column] == pytest.approx(roc_auc_score(targets, scores, sample_weight=weights))
            assert pr[column] == pytest.approx(average_precision_score(targets, scores, sample_weight=weights))


@PROPERTY
@given(ITEMS, st.integers(0, 5))
def test_a_finding_is_measured_as_by_scikit_learn(items, fifths):
    targets, scores = arrays(items)
    threshold = fifths / 5
    found = measures.measure(targets, scores, threshold, n_resamples=50)
    precision, recall, f1, _ = precision_recall_fscore_support(
        targets, scores >= threshold, average="binary", zero_division=np.nan
    )
    assert (found.n_items, found.n_positive) == (len(targets), targets.sum())
    assert found.auroc == pytest.approx(roc_auc_score(targets, scores))
    assert found.auprc == pytest.approx(average_precision_score(targets, scores))
    assert found.brier == pytest.approx(brier_score_loss(targets, scores))
    assert found.recall == pytest.approx(recall)
    assert found.f1 == pytest.approx(f1)
    assert found.precision is None if np.isnan(precision) else found.precision == pytest.approx(precision)


@PROPERTY
@given(ITEMS)
def test_reliability_and_its_error(items):
    targets, scores = arrays(items)
    bins = calibration.reliability(targets, scores, n_bins=4)
    observed, predicted = calibration_curve(targets, scores, n_bins=4, strategy="quantile")
    np.testing.assert_allclose(bins.predicted, predicted)
    np.testing.assert_allclose(bins.observed, observed)
    assert bins.counts.sum() == len(targets)
    gap = abs(targets.mean() - scores.mean())
    assert gap - 1e-12 <= calibration.ece(targets, scores) <= 1
    assert calibration.ece(targets, scores, n_bins=1) == pytest.approx(gap)


@PROPERTY
@given(ITEMS)
def test_curves(items):
    targets, scores = arrays(items)
    roc = curves.roc(targets, scores)
    for ours, theirs in zip(
        (roc.x, roc.y, roc.thresholds), roc_curve(targets, scores, drop_intermediate=False), strict=True
    ):
        np.testing.assert_allclose(ours, theirs)
    pr = curves.precision_recall(targets, scores)
    precision, recall, thresholds = precision_recall_curve(targets, scores)
    np.testing.assert_allclose(pr.y[::-1], precision[:-1])  # theirs ends with a point that no threshold gives
    np.testing.assert_allclose(pr.x[::-1], recall[:-1])
    np.testing.assert_allclose(pr.thresholds[::-1], thresholds)


def test_a_thinned_curve_keeps_its_ends_and_its_area():
    targets, scores, _ = drawn(3000)
    curve = curves.roc(targets, scores)
    thinned = curves.thin(curve, 80)
    assert len(thinned.x) <= 80
    assert (thinned.x[0], thinned.y[0], thinned.x[-1], thinned.y[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(thinned.y, thinned.x) == pytest.approx(np.trapezoid(curve.y, curve.x), abs=0.005)


@PROPERTY
@given(ITEMS)
def test_best_threshold_has_the_best_f1(items):
    targets, scores = (np.tile(values, measures.MIN_POSITIVE) for values in arrays(items))
    best = measures.f1(targets, scores >= measures.best_threshold(targets, scores))
    assert best == pytest.approx(max(f1_score(targets, scores >= threshold) for threshold in np.unique(scores)))


def test_figures_that_do_not_exist():
    scores = np.array([0.1, 0.9])
    assert np.isnan(measures.auroc(np.zeros(2), scores))
    assert measures.f1(np.zeros(2), scores > 1) is None
    assert measures.best_threshold(np.ones(2), scores) == 0.5
    without_positives = measures.measure(np.zeros(2), scores, 0.95)
    assert without_positives.auroc is without_positives.auprc_low is without_positives.f1 is None
    assert without_positives.brier == pytest.approx(0.41)
    nothing = measures.measure(np.zeros(0), np.zeros(0), 0.5)
    assert set(nothing.model_dump().values()) == {0, None}


def test_intervals_hold_the_value_and_are_reproducible():
    targets, scores, patients = drawn(300)
    found = measures.measure(targets, scores, 0.6, patients)
    assert found.auroc_low < found.auroc < found.auroc_high
    assert found.auprc_low < found.auprc < found.auprc_high
    assert found.f1_low < found.f1 < found.f1_high
    shuffled = np.random.default_rng(1).permutation(300)
    assert measures.measure(targets[shuffled], scores[shuffled], 0.6, patients[shuffled]).auroc_low == found.auroc_low


def test_copies_of_an_image_do_not_narrow_the_interval():
    """Five images of a patient that are all alike say no more than one does."""
    targets, scores, _ = drawn(150)
    once = measures.measure(targets, scores, 0.6)
    copied = measures.measure(*(np.repeat(values, 5) for values in (targets, scores)), 0.6, np.repeat(range(150), 5))
    assert (copied.auroc_low, copied.auroc_high) == pytest.approx((once.auroc_low, once.auroc_high))
    as_if_independent = measures.measure(*(np.repeat(values, 5) for values in (targets, scores)), 0.6)
    assert as_if_independent.auroc_high - as_if_independent.auroc_low < 0.6 * (once.auroc_high - once.auroc_low)


def test_wilson_interval():
    low, high = calibration.wilson(np.array([0.0, 0.5]), np.array([10, 100]))
    np.testing.assert_allclose(low, [0, 0.4038], atol=1e-4)
    np.testing.assert_allclose(high, [0.2775, 0.5962], atol=1e-4)
