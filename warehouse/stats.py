"""Shares, their means and bootstrap intervals, for labels and for scores alike: arrays in, numbers out. numpy only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and the ends of its 95% interval; None where it is undefined."""

    value: float | None
    low: float | None
    high: float | None


def draws(n_units: int, n_draws: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Yield bootstrap samples (Efron 1979): how often each unit, such as a patient, is in the sample.

    Parameters
    ----------
    n_units : int
        As many are drawn as there are, with replacement.
    n_draws : int
    seed : int

    Yields
    ------
    ndarray of int64, (n_units,)
        Sums to ``n_units``.
    """
    random = np.random.default_rng(seed)
    for _ in range(n_draws):
        yield np.bincount(random.integers(n_units, size=n_units), minlength=n_units)


def intervals(values: NDArray[np.floating[Any]], samples: NDArray[np.floating[Any]]) -> list[Interval]:
    """Return each figure with the 2.5th and 97.5th percentile of its draws, leaving out draws without the figure.

    Parameters
    ----------
    values : ndarray, (n_figures,)
    samples : ndarray, (n_draws, n_figures)
        NaN where a draw leaves the figure undefined.
    """
    bounds = np.full((2, len(values)), np.nan)
    is_defined = ~np.isnan(samples).all(axis=0) & ~np.isnan(values)
    if is_defined.any():
        bounds[:, is_defined] = np.nanpercentile(samples[:, is_defined], [2.5, 97.5], axis=0)
    columns = (values.tolist(), bounds[0].tolist(), bounds[1].tolist())
    return [Interval(*(None if np.isnan(number) else number for number in row)) for row in zip(*columns, strict=True)]


def share(part: float, whole: float) -> float | None:
    """Return a part of a whole; None where there is nothing to divide by."""
    return part / whole if whole else None


def ratio(part: Any, whole: Any, otherwise: float = np.nan) -> Floats:
    """Divide arrays of one shape element by element; ``otherwise`` where there is nothing to divide by."""
    found: Floats = np.divide(
        part, whole, out=np.full(np.shape(whole), otherwise, np.float64), where=np.asarray(whole) > 0
    )
    return found


def precision_recall_f1(hits: Any, predictions: Any, cases: Any, otherwise: float = np.nan) -> Floats:
    """Return precision, recall and F1 from counts.

    Parameters
    ----------
    hits, predictions, cases : array of one shape, or numbers
        What is both predicted and a case; what is predicted; what is a case.
    otherwise : float
        Where there is nothing to divide by.

    Returns
    -------
    ndarray of float64, (3, ...)
    """
    shares = ((hits, predictions), (hits, cases), (2 * hits, predictions + cases))
    return np.stack([ratio(part, whole, otherwise) for part, whole in shares])
