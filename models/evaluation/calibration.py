"""Whether probabilities mean what they say: Brier score, reliability, expected calibration error. numpy only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

N_BINS = 15


@dataclass(frozen=True)
class Reliability:
    """The bins of a reliability diagram, those without items left out.

    Attributes
    ----------
    predicted : ndarray, (n_bins,)
        Mean probability of the items.
    observed : ndarray, (n_bins,)
        Share of positives among them.
    counts : ndarray of int, (n_bins,)
    """

    predicted: Floats
    observed: Floats
    counts: NDArray[np.int64]


def reliability(targets: Floats, scores: Floats, n_bins: int = N_BINS) -> Reliability:
    """Return mean probability and share of positives in bins of equal mass.

    Bins hold equally many items, not equal ranges of probability: most findings are rare, so that equal ranges would
    put nearly all items into the first bin, and the error of such bins is the more biased one (Roelofs et al. 2022,
    arXiv 2012.08668). 15 bins, as Guo et al. 2017 (arXiv 1706.04599) have. Equal scores share a bin.

    Parameters
    ----------
    targets, scores : ndarray, (n,)
        1 or 0, and probabilities; n > 0.
    n_bins : int
    """
    edges = np.quantile(scores, np.linspace(0, 1, n_bins + 1)[1:-1])
    bins = np.searchsorted(edges, scores)
    counts = np.bincount(bins, minlength=n_bins)
    filled = counts > 0
    predicted, observed = (
        np.bincount(bins, weights=values, minlength=n_bins)[filled] / counts[filled] for values in (scores, targets)
    )
    return Reliability(predicted, observed, counts[filled])


def ece(targets: Floats, scores: Floats, n_bins: int = N_BINS) -> float:
    """Return the expected calibration error (Naeini et al. 2015): mean gap of the bins, weighted by their items."""
    bins = reliability(targets, scores, n_bins)
    return float((bins.counts * np.abs(bins.predicted - bins.observed)).sum() / bins.counts.sum())


def brier(targets: Floats, scores: Floats) -> float:
    """Return the mean squared difference of probability and target (Brier 1950)."""
    return float(np.mean((scores - targets) ** 2))


def wilson(observed: Floats, counts: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return the ends of the 95% interval of shares (Wilson 1927)."""
    z = 1.959964
    centre = (observed + z**2 / (2 * counts)) / (1 + z**2 / counts)
    half = z / (1 + z**2 / counts) * np.sqrt(observed * (1 - observed) / counts + z**2 / (4 * counts**2))
    return centre - half, centre + half
