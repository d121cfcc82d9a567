"""Figures by hand, and the bootstrap that two layers share."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.metrics import precision_recall_fscore_support

from warehouse.stats import Interval, draws, intervals, precision_recall_f1, ratio, share

BITS = arrays.arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 4)))


@settings(deadline=None)
@given(st.integers(1, 50), st.integers(0, 8), st.integers(0, 2**32 - 1))
def test_a_draw_is_as_many_units_as_there_are_and_the_seed_decides_which(n: int, n_draws: int, seed: int) -> None:
    drawn = list(draws(n, n_draws, seed))
    assert [draw.sum() for draw in drawn] == [n] * n_draws
    assert all(draw.shape == (n,) and draw.min() >= 0 for draw in drawn)
    assert np.array_equal(drawn, list(draws(n, n_draws, seed)))


def test_the_draws_of_a_seed_stay_what_they_are() -> None:
    # Published intervals rest on these very numbers.
    assert [draw.tolist() for draw in draws(5, 2, 0)] == [[0, 2, 1, 1, 1], [4, 0, 0, 0, 1]]


@settings(deadline=None)
@given(st.lists(st.one_of(st.floats(0, 1), st.just(math.nan)), max_size=30), st.floats(0, 1))
def test_an_interval_is_of_the_draws_that_have_the_figure(sample: list[float], value: float) -> None:
    (found,) = intervals(np.array([value]), np.array(sample)[:, None])
    known = [figure for figure in sample if not math.isnan(figure)]
    low, high = np.percentile(known, [2.5, 97.5]) if known else (None, None)
    assert found == Interval(value, low, high)


def test_an_undefined_figure_has_no_interval() -> None:
    assert intervals(np.array([np.nan]), np.array([[0.5], [0.7]])) == [Interval(None, None, None)]


@settings(deadline=None)
@given(BITS, st.data())
def test_precision_recall_and_f1_are_those_of_scikit_learn(truth: np.ndarray, data: st.DataObject) -> None:
    found = data.draw(arrays.arrays(bool, truth.shape))
    ours = precision_recall_f1((truth & found).sum(axis=0), found.sum(axis=0), truth.sum(axis=0), otherwise=0.0)
    for column in range(truth.shape[1]):
        theirs = precision_recall_fscore_support(
            truth[:, column], found[:, column], average="binary", pos_label=True, zero_division=0
        )
        assert np.allclose(ours[:, column], theirs[:3])


def test_nothing_to_divide_by() -> None:
    assert share(1, 0) is None
    assert share(1, 4) == 0.25
    assert np.array_equal(ratio(np.array([1, 0]), np.array([4, 0])), [0.25, np.nan], equal_nan=True)
    assert ratio(np.float64(3), np.float64(0), 0.0) == 0.0
