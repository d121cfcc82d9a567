"""Precision, recall and F1 of study labels with bootstrap intervals, and agreement: arrays in, numbers out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warehouse import stats
from warehouse.stats import Floats, Interval, intervals

NOT_MENTIONED, NOT_SCORED = -2, -9

TASKS: dict[str, tuple[int, ...]] = {
    "mention": (1, 0, -1),
    "positive": (1,),
    "negation": (0,),
    "uncertainty": (-1,),
}
"""Label values that are a case of each task; every other value, and no mention, is not."""

MACRO_SUPPORT = 3
"""Findings with fewer gold cases are left out of the macro average: their F1 is noise."""

Labels = NDArray[np.int8]
"""(n_studies, n_findings): 1, 0, -1, NOT_MENTIONED or NOT_SCORED."""
Counts = NDArray[np.int64]

ANSWERS = {"present": 1, "uncertain": -1, "absent": 0, "not_mentioned": NOT_MENTIONED}
"""What a labeler can say of a finding, with its label value."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Agreement with the gold of one finding, or of all ('macro', 'micro'), in one task."""

    task: str
    finding: str
    precision: Interval
    recall: Interval
    f1: Interval
    support: int


def resamples(n_studies: int, n_draws: int, seed: int) -> NDArray[np.float32]:
    """Draw bootstrap samples of studies.

    Returns
    -------
    ndarray of float32, (n_draws, n_studies)
        How often each study is in each draw; rows sum to n_studies.
    """
    counts = np.empty((n_draws, n_studies), np.float32)
    for i, draw in enumerate(stats.draws(n_studies, n_draws, seed)):
        counts[i] = draw
    return counts


def measure(
    gold: Labels, predicted: Labels, findings: Sequence[str], task: str, draws: NDArray[np.float32]
) -> list[Measure]:
    """Measure one task, finding by finding and over all findings.

    'micro' pools the cases of all findings. 'macro' is the mean over the findings with at least `MACRO_SUPPORT` gold
    cases, where a precision without predictions counts as 0. Cells that either side marks NOT_SCORED are left out.

    Parameters
    ----------
    gold, predicted : ndarray of int8, (n_studies, n_findings)
    findings : sequence of str
        Names of the columns.
    task : str
        One of `TASKS`.
    draws : ndarray of float32, (n_draws, n_studies)
        From `resamples`; intervals are percentiles over the draws (Efron 1979).
    """
    cells = tally(gold, predicted, task)
    support = cells[2].sum(axis=0)
    in_macro = support >= MACRO_SUPPORT
    observed, drawn = figures(total(cells), in_macro), figures(resample(cells, draws), in_macro)
    columns = [intervals(value[0], sample) for value, sample in zip(observed, drawn, strict=True)]
    supports = [*support.tolist(), int(support[in_macro].sum()), int(support.sum())]
    return [
        Measure(task, name, precision, recall, f1, n)
        for name, n, precision, recall, f1 in zip([*findings, "macro", "micro"], supports, *columns, strict=True)
    ]


def tally(gold: Labels, predicted: Labels, task: str) -> NDArray[np.bool_]:
    """Return the hits, predictions and cases of a task, (3, n_studies, n_findings); cells NOT_SCORED are none."""
    is_scored = (gold != NOT_SCORED) & (predicted != NOT_SCORED)
    is_gold, is_predicted = np.isin(gold, TASKS[task]) & is_scored, np.isin(predicted, TASKS[task]) & is_scored
    return np.stack([is_gold & is_predicted, is_predicted, is_gold])


def total(cells: NDArray[np.bool_]) -> Floats:
    """Count the cells of `tally` over all studies, (3, 1, n_findings)."""
    return cells.sum(axis=1).astype(np.float64)[:, None, :]


def resample(cells: NDArray[np.bool_], draws: NDArray[np.float32]) -> Floats:
    """Count the cells of `tally` over the studies of each draw, (3, n_draws, n_findings)."""
    return np.stack([draws @ part.astype(np.float32) for part in cells]).astype(np.float64)


def figures(counts: Floats, in_macro: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
    """Return precision, recall and F1, each (n_draws, n_findings + 2), from counts (3, n_draws, n_findings)."""
    pooled = np.concatenate([counts, counts.sum(axis=2, keepdims=True)], axis=2)
    precision, recall, f1 = stats.precision_recall_f1(*pooled)
    means = [_mean(np.nan_to_num(precision), in_macro), _mean(recall, in_macro), _mean(f1, in_macro)]
    precision, recall, f1 = (
        np.concatenate([figure[:, :-1], mean[:, None], figure[:, -1:]], axis=1)
        for figure, mean in zip((precision, recall, f1), means, strict=True)
    )
    return precision, recall, f1


def _mean(figures: Floats, in_macro: NDArray[np.bool_]) -> Floats:
    """Return the mean over the findings of the macro average, leaving out what a draw holds no case of."""
    chosen = figures[:, :-1][:, in_macro]
    is_defined = ~np.isnan(chosen)
    return stats.ratio(np.where(is_defined, chosen, 0).sum(axis=1), is_defined.sum(axis=1))


def confusion(first: Labels, second: Labels) -> Counts:
    """Count the answers of two labelers per finding, leaving out cells that either did not score.

    Returns
    -------
    ndarray of int64, (n_findings, 4, 4)
        Answers of the first by answers of the second, both in the order of `ANSWERS`.
    """
    of_first, of_second = (np.stack([labels == value for value in ANSWERS.values()]) for labels in (first, second))
    counts: Counts = np.einsum("ars,brs->sab", of_first, of_second, dtype=np.int64)
    return counts


def kappa(first: Labels, second: Labels) -> list[float | None]:
    """Return Cohen's kappa per finding over the four answers; see `kappa_of`."""
    return [kappa_of(counts) for counts in confusion(first, second)]


def kappa_of(counts: Counts) -> float | None:
    """Return Cohen's kappa (1960) of a square table of counts.

    None where it is undefined: nothing was counted, or both always say the same one thing.
    """
    n = int(counts.sum())
    by_chance = int(counts.sum(axis=1) @ counts.sum(axis=0))
    if by_chance == n * n:
        return None
    return (n * int(np.trace(counts)) - by_chance) / (n * n - by_chance)
