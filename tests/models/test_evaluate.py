"""Figures of merit agree with scikit-learn's, ties and resamples included."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from models import evaluate

# Few distinct scores, so that ties are common.
ITEMS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 5)), min_size=2, max_size=40).filter(
    lambda items: {target for target, _ in items} == {0, 1}
)


def arrays(items):
    targets, scores = np.array(items, dtype=np.float64).T
    return targets, scores / 5


@hypothesis_settings(max_examples=80, deadline=None)
@given(ITEMS)
def test_areas(items):
    targets, scores = arrays(items)
    assert evaluate.auroc(targets, scores)[0] == pytest.approx(roc_auc_score(targets, scores))
    assert evaluate.auprc(targets, scores) == pytest.approx(average_precision_score(targets, scores))


@hypothesis_settings(max_examples=40, deadline=None)
@given(ITEMS, st.integers(0, 99))
def test_weights_count_items(items, seed):
    targets, scores = arrays(items)
    counts = np.random.default_rng(seed).integers(0, 3, (1, len(targets)))
    repeated = np.repeat(np.arange(len(targets)), counts[0])
    expected = evaluate.auroc(targets[repeated], scores[repeated])[0] if len(repeated) else np.nan
    np.testing.assert_allclose(evaluate.auroc(targets, scores, counts.astype(float))[0], expected)


@hypothesis_settings(max_examples=40, deadline=None)
@given(ITEMS)
def test_best_threshold_has_the_best_f1(items):
    targets, scores = (np.tile(values, evaluate.MIN_POSITIVE) for values in arrays(items))
    best = evaluate.f1(targets, scores >= evaluate.best_threshold(targets, scores))
    assert best == pytest.approx(max(f1_score(targets, scores >= threshold) for threshold in np.unique(scores)))


def test_figures_that_do_not_exist():
    scores = np.array([0.1, 0.9])
    assert evaluate.auroc_interval(np.zeros(2), scores) is None
    assert evaluate.auprc(np.zeros(2), scores) is None
    assert evaluate.f1(np.zeros(2), scores > 1) is None
    assert evaluate.best_threshold(np.ones(2), scores) == 0.5


def test_interval_holds_the_value_and_is_reproducible():
    rng = np.random.default_rng(0)
    targets = (rng.random(200) < 0.3).astype(float)
    scores = rng.random(200) + 0.5 * targets
    interval = evaluate.auroc_interval(targets, scores)
    assert interval.low < interval.value < interval.high
    assert interval == evaluate.auroc_interval(targets, scores)
