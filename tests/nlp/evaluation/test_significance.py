"""Paired tests, against scipy and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nlp.evaluation.metrics import NOT_MENTIONED, NOT_SCORED, measure, resamples
from nlp.evaluation.significance import EXACT_BELOW, differences, holm, mcnemar

LABELS = hnp.arrays(np.int8, (15, 2), elements=st.sampled_from([1, 0, -1, NOT_MENTIONED]))


@given(st.integers(0, 60), st.integers(0, 60))
@settings(deadline=None)
def test_mcnemar_is_scipys(first: int, second: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    n = first + second
    if n == 0:
        assert mcnemar(first, second) == 1.0
    elif n < EXACT_BELOW:
        assert mcnemar(first, second) == pytest.approx(stats.binomtest(first, n).pvalue)
    else:
        statistic = max(abs(first - second) - 1, 0) ** 2 / n
        assert mcnemar(first, second) == pytest.approx(stats.chi2.sf(statistic, 1))


def test_holm_by_hand() -> None:
    assert holm([0.01, None, 0.04, 0.03]) == [pytest.approx(0.03), None, pytest.approx(0.06), pytest.approx(0.06)]
    assert holm([None]) == [None]
    assert holm([0.9, 0.8]) == [1.0, 1.0]


@given(LABELS, LABELS, LABELS)
@settings(deadline=None, max_examples=50)
def test_a_difference_is_that_of_the_figures(gold: np.ndarray, one: np.ndarray, other: np.ndarray) -> None:
    draws = resamples(15, 20, 0)
    names = ["a", "b"]
    found = differences(gold, one, other, names, "positive", draws)
    of_one, of_other = (measure(gold, labels, names, "positive", draws) for labels in (one, other))
    for item, first, second in zip(found, of_one, of_other, strict=True):
        assert (item.finding, item.support) == (first.finding, first.support)
        assert (item.f1_first, item.f1_second) == (first.f1.value, second.f1.value)
        if first.f1.value is not None and second.f1.value is not None:
            assert item.f1_difference.value == pytest.approx(first.f1.value - second.f1.value)
    same = differences(gold, one, one, names, "positive", draws)
    assert all(item.p_bootstrap in (None, 1.0) and item.p_mcnemar in (None, 1.0) for item in same)
    assert all(item.only_first_right in (None, 0) for item in same)


def noisy(gold: np.ndarray, share_right: float, random: np.random.Generator) -> np.ndarray:
    return np.where(random.random(gold.shape) < share_right, gold, 0).astype(np.int8)


def test_a_clear_difference_is_found() -> None:
    random = np.random.default_rng(0)
    gold = random.choice(np.array([1, NOT_MENTIONED], np.int8), (300, 1))
    good, bad = noisy(gold, 0.95, random), noisy(gold, 0.6, random)
    found = differences(gold, good, bad, ["a"], "positive", resamples(300, 400, 0))[0]
    assert found.f1_difference.low is not None
    assert found.f1_difference.low > 0.1
    assert found.p_mcnemar is not None
    assert found.p_bootstrap is not None
    assert max(found.p_mcnemar, found.p_bootstrap) < 0.01


def test_chance_is_seldom_taken_for_a_difference() -> None:
    random, n_found = np.random.default_rng(0), np.zeros(2)
    draws = resamples(150, 100, 0)
    for _ in range(100):
        gold = random.choice(np.array([1, NOT_MENTIONED], np.int8), (150, 1))
        one, other = noisy(gold, 0.8, random), noisy(gold, 0.8, random)
        found = differences(gold, one, other, ["a"], "positive", draws)[0]
        n_found += [(found.p_mcnemar or 0) < 0.05, (found.p_bootstrap or 0) < 0.05]
    assert (n_found <= 12).all()  # 5 are expected; more than 12 of 100 come about once in 1,500 times


def test_cells_that_one_did_not_score_are_left_out() -> None:
    gold, one = np.array([[1], [1]], np.int8), np.array([[1], [1]], np.int8)
    other = np.array([[NOT_SCORED], [0]], np.int8)
    found = differences(gold, one, other, ["a"], "positive", resamples(2, 5, 0))[0]
    assert (found.support, found.only_first_right, found.only_second_right) == (1, 1, 0)
