"""How well probabilities fit targets: AUROC, AUPRC, F1 at a threshold, with bootstrap intervals by patient. numpy only.

Intervals are percentiles over resamples of patients, not of items (Efron 1979; Davison and Hinkley 1997, section 3.8):
the images of a patient are alike, so that resampling images gives intervals that are too narrow.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.evaluation import calibration
from models.network.manifest import FindingMetrics
from warehouse import stats
from warehouse.stats import Interval

Floats = NDArray[np.floating[Any]]
Codes = NDArray[np.integer[Any]]

MIN_POSITIVE = 10
N_RESAMPLES = 1000
SEED = 0
THRESHOLD = 0.5
"""Where a network comes without thresholds."""

_BLOCK_CELLS = 2**18


def measure(
    targets: Floats,
    scores: Floats,
    threshold: float,
    groups: Codes | None = None,
    *,
    n_resamples: int = N_RESAMPLES,
) -> FindingMetrics:
    """Measure a finding completely. The order of the items does not matter.

    Parameters
    ----------
    targets : ndarray, (n,)
        1 or 0.
    scores : ndarray, (n,)
        Probabilities, 0 to 1.
    threshold : float
        A score of at least this counts as positive.
    groups : ndarray of int, (n,), optional
        Patient of each item, whose items are drawn together; default: each item is a patient of its own.
    n_resamples : int

    Returns
    -------
    FindingMetrics
        AUROC and AUPRC are None unless both classes occur; precision without a prediction and recall without a
        positive are None.
    """
    if not len(targets):
        return FindingMetrics(n_items=0, n_positive=0, **dict.fromkeys(_FIGURES))
    patients = np.arange(len(targets)) if groups is None else np.unique(groups, return_inverse=True)[1]
    counts = draws(int(patients.max()) + 1, n_resamples)
    is_predicted = scores >= np.float64(threshold)
    hits = float(targets[is_predicted].sum())
    n_positive, n_predicted = float(targets.sum()), float(is_predicted.sum())
    roc = pr = None
    if 0 < n_positive < len(targets):
        roc, pr = map(_interval, areas(targets, scores, patients, counts))
    agreement = _interval(_resampled_f1(targets, is_predicted, patients, counts))
    return FindingMetrics(
        n_items=len(targets),
        n_positive=int(n_positive),
        auroc=roc and roc.value,
        auroc_low=roc and roc.low,
        auroc_high=roc and roc.high,
        auprc=pr and pr.value,
        auprc_low=pr and pr.low,
        auprc_high=pr and pr.high,
        precision=stats.share(hits, n_predicted),
        recall=stats.share(hits, n_positive),
        f1=agreement and agreement.value,
        f1_low=agreement and agreement.low,
        f1_high=agreement and agreement.high,
        brier=calibration.brier(targets, scores),
        ece=calibration.ece(targets, scores),
    )


_FIGURES = [name for name in FindingMetrics.model_fields if name not in ("n_items", "n_positive")]


def areas(targets: Floats, scores: Floats, patients: Codes, counts: Floats) -> tuple[Floats, Floats]:
    """Return the areas under the ROC and the precision-recall curve of weighted items.

    AUROC is the share of pairs ranked rightly, ties counting half (Hanley and McNeil 1982); AUPRC is average precision:
    precision at each distinct score, weighted by the recall it adds, without interpolation (Davis and Goadrich 2006).

    Parameters
    ----------
    targets, scores : ndarray, (n,)
    patients : ndarray of int, (n,)
        Row of ``counts`` that an item belongs to.
    counts : ndarray, (n_patients, n_draws)
        How often each patient is in each draw.

    Returns
    -------
    tuple of ndarray, each (n_draws,)
        nan where a draw lacks a class that the figure needs.

    Notes
    -----
    Items are walked through from the highest score down, in blocks, so that memory does not grow with n x n_draws.
    Scores between two positive ones are taken together: they change neither figure. What a block's end cuts is counted
    with the next.
    """
    order = np.lexsort((targets, scores))[::-1]
    is_hit, owners = targets[order] > 0, patients[order]
    starts = _segments(scores[order], is_hit)
    n, n_draws = len(order), counts.shape[1]
    positives, drawn, right, gain = (np.zeros(n_draws) for _ in range(4))
    nothing = np.zeros(n_draws, counts.dtype)
    rest = nothing, nothing
    size = max(_BLOCK_CELLS // n_draws, 1)
    for begin in range(0, n, size):
        end = min(begin + size, n)
        first, last = np.searchsorted(starts, [begin, end - 1], side="right")
        pieces = np.concatenate([[0], starts[first:last] - begin])
        cells = counts[owners[begin:end]]
        in_segment = np.add.reduceat(cells, pieces, axis=0)
        cells[~is_hit[begin:end]] = 0
        hits = np.add.reduceat(cells, pieces, axis=0)
        in_segment[0] += rest[0]
        hits[0] += rest[1]
        rest = nothing, nothing
        if end < n and (last == len(starts) or starts[last] > end):
            rest = in_segment[-1], hits[-1]
            in_segment, hits = in_segment[:-1], hits[:-1]
        above = positives + np.cumsum(hits, axis=0, dtype=np.float64)
        seen = drawn + np.cumsum(in_segment, axis=0, dtype=np.float64)
        right += ((in_segment - hits) * (above - hits / 2)).sum(axis=0)
        gain += (hits * stats.ratio(above, seen, 0.0)).sum(axis=0)
        positives, drawn = positives + hits.sum(axis=0), drawn + in_segment.sum(axis=0)
    return stats.ratio(right, positives * (drawn - positives)), stats.ratio(gain, positives)


def _segments(scores: Floats, is_hit: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return where segments start: a distinct score with a positive, or a run of scores without one."""
    starts = np.flatnonzero(np.diff(scores, prepend=np.inf))
    has_hit = np.add.reduceat(is_hit, starts, dtype=np.int64) > 0
    is_start = has_hit | np.concatenate([[True], has_hit[:-1]])
    chosen: NDArray[np.int64] = starts[is_start]
    return chosen


def auroc(targets: Floats, scores: Floats) -> float:
    """Return the area under the ROC curve; nan where one of the classes is empty."""
    return float(areas(targets, scores, np.arange(len(scores)), np.ones((len(scores), 1)))[0][0])


def f1(targets: Floats, is_predicted: NDArray[np.bool_]) -> float | None:
    """Return F1; None when there is neither a target nor a prediction."""
    cases = float(targets.sum()) + float(is_predicted.sum())
    return stats.share(2 * float(targets[is_predicted].sum()), cases)


def best_threshold(targets: Floats, scores: Floats, *, min_positive: int = MIN_POSITIVE) -> float:
    """Return the threshold (score >= threshold is positive) of the best F1.

    It lies half-way to the next lower score, so that it does not sit on one item. With fewer than
    ``min_positive`` positives it is 0.5: a threshold fitted to a handful of items is noise.
    """
    if targets.sum() < min_positive:
        return THRESHOLD
    candidates = np.unique(scores)
    order = np.argsort(scores, kind="stable")
    first = np.searchsorted(scores[order], candidates)
    hits = targets.sum() - np.concatenate([[0.0], np.cumsum(targets[order])])[first]
    best = int(np.argmax(2 * hits / (len(scores) - first + targets.sum())))
    lower = candidates[best - 1] if best else 0.0
    return float((candidates[best] + lower) / 2)


def with_target(
    targets: NDArray[np.float32], scores: NDArray[np.float32], i: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return targets and scores of one finding, of the items that have a target.

    Parameters
    ----------
    targets, scores : ndarray of float32, (n_items, n_findings)
        Targets are nan where there is none.
    i : int
        Column of the finding.
    """
    has_target = ~np.isnan(targets[:, i])
    return targets[has_target, i].astype(np.float64), scores[has_target, i].astype(np.float64)


@lru_cache(maxsize=2)
def draws(n_patients: int, n_resamples: int = N_RESAMPLES) -> NDArray[np.float32]:
    """Return how often each patient is drawn, (n_patients, 1 + n_resamples): first every patient once, the data itself.

    Kept, as the findings of a data set have the same patients; read-only.
    """
    counts = np.ones((n_patients, 1 + n_resamples), np.float32)
    for i, draw in enumerate(stats.draws(n_patients, n_resamples, SEED), 1):
        counts[:, i] = draw
    counts.flags.writeable = False
    return counts


def _resampled_f1(targets: Floats, is_predicted: NDArray[np.bool_], patients: Codes, counts: Floats) -> Floats:
    hits, cases = (
        np.bincount(patients, weights=weights, minlength=len(counts)) @ counts
        for weights in (targets * is_predicted, targets + is_predicted)
    )
    return stats.ratio(2 * hits, cases)


def _interval(values: Floats) -> Interval | None:
    """Return the first value with the percentiles of the others, leaving out draws without the figure."""
    (found,) = stats.intervals(values[:1], values[1:, None])
    return None if found.low is None else found
