"""How well probabilities fit targets: AUROC, AUPRC, F1 at a threshold, with bootstrap intervals. numpy only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.manifest import FindingMetrics

Floats = NDArray[np.floating[Any]]

MIN_POSITIVE = 10


@dataclass(frozen=True)
class Interval:
    """A figure with its 95% percentile bootstrap interval."""

    value: float
    low: float
    high: float


def auroc(targets: Floats, scores: Floats, weights: Floats | None = None) -> Floats:
    """Return the area under the ROC curve: the share of pairs ranked rightly, ties counting half.

    Parameters
    ----------
    targets, scores : ndarray, (n,)
        Targets are 1 or 0.
    weights : ndarray, (n_resamples, n), optional
        How often each item counts; default once.

    Returns
    -------
    ndarray, (n_resamples,)
        nan where one of the classes is empty.
    """
    order = np.argsort(scores, kind="stable")
    weights = np.ones((1, len(scores))) if weights is None else weights
    starts = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))
    positives = np.add.reduceat((weights * targets)[:, order], starts, axis=1)
    negatives = np.add.reduceat((weights * (1 - targets))[:, order], starts, axis=1)
    below = np.cumsum(negatives, axis=1) - negatives
    pairs = positives.sum(axis=1) * negatives.sum(axis=1)
    right = (positives * (below + negatives / 2)).sum(axis=1)
    areas: Floats = np.divide(right, pairs, out=np.full(len(pairs), np.nan), where=pairs > 0)
    return areas


def auroc_interval(targets: Floats, scores: Floats, *, seed: int = 0, n_resamples: int = 1000) -> Interval | None:
    """Return AUROC with its interval, resampling items; None when one of the classes is empty."""
    if not 0 < targets.sum() < len(targets):
        return None
    counts = np.random.default_rng(seed).multinomial(len(targets), np.full(len(targets), 1 / len(targets)), n_resamples)
    resampled = auroc(targets, scores, counts.astype(np.float64))
    low, high = np.nanpercentile(resampled, [2.5, 97.5])
    return Interval(float(auroc(targets, scores)[0]), float(low), float(high))


def auprc(targets: Floats, scores: Floats) -> float | None:
    """Return average precision: precision at each distinct score, weighted by the recall it adds."""
    if not targets.sum():
        return None
    order = np.argsort(-scores, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    hits = np.cumsum(targets[order])[ends]
    return float((np.diff(hits, prepend=0) * hits / (ends + 1)).sum() / targets.sum())


def f1(targets: Floats, is_predicted: NDArray[np.bool_]) -> float | None:
    """Return F1; None when there is neither a target nor a prediction."""
    cases = float(targets.sum()) + float(is_predicted.sum())
    return 2 * float(targets[is_predicted].sum()) / cases if cases else None


def measure(targets: Floats, scores: Floats, threshold: float) -> FindingMetrics:
    """Measure one finding completely."""
    interval, is_predicted = auroc_interval(targets, scores), scores >= threshold
    hits = float(targets[is_predicted].sum())
    return FindingMetrics(
        n_items=len(targets),
        n_positive=int(targets.sum()),
        auroc=interval and interval.value,
        auroc_low=interval and interval.low,
        auroc_high=interval and interval.high,
        auprc=auprc(targets, scores),
        precision=hits / float(is_predicted.sum()) if is_predicted.any() else None,
        recall=hits / float(targets.sum()) if targets.any() else None,
        f1=f1(targets, is_predicted),
        brier=float(((scores - targets) ** 2).mean()) if len(targets) else None,
        ece=None,
    )


def best_threshold(targets: Floats, scores: Floats, *, min_positive: int = MIN_POSITIVE) -> float:
    """Return the threshold (score >= threshold is positive) of the best F1.

    It lies half-way to the next lower score, so that it does not sit on one item. With fewer than
    ``min_positive`` positives it is 0.5: a threshold fitted to a handful of items is noise.
    """
    if targets.sum() < min_positive:
        return 0.5
    candidates = np.unique(scores)
    order = np.argsort(scores, kind="stable")
    first = np.searchsorted(scores[order], candidates)
    hits = targets.sum() - np.concatenate([[0.0], np.cumsum(targets[order])])[first]
    best = int(np.argmax(2 * hits / (len(scores) - first + targets.sum())))
    lower = candidates[best - 1] if best else 0.0
    return float((candidates[best] + lower) / 2)
