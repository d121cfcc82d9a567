"""Precision, recall and F1 of study labels with bootstrap intervals, and agreement: arrays in, numbers out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and the ends of its 95% interval; None where it is undefined."""

    value: float | None
    low: float | None
    high: float | None


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
    random = np.random.default_rng(seed)
    draws = np.empty((n_draws, n_studies), np.float32)
    for draw in draws:
        draw[:] = np.bincount(random.integers(n_studies, size=n_studies), minlength=n_studies)
    return draws


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
    is_scored = (gold != NOT_SCORED) & (predicted != NOT_SCORED)
    is_gold, is_predicted = np.isin(gold, TASKS[task]) & is_scored, np.isin(predicted, TASKS[task]) & is_scored
    cells = np.stack([is_gold & is_predicted, is_predicted, is_gold])  # hits, predictions, cases
    support = cells[2].sum(axis=0)
    in_macro = support >= MACRO_SUPPORT
    observed = cells.sum(axis=1).astype(np.float64)[:, None, :]
    drawn = np.stack([draws @ part.astype(np.float32) for part in cells]).astype(np.float64)
    columns = zip(_figures(observed, in_macro), _figures(drawn, in_macro), strict=True)
    intervals = [_intervals(value[0], sample) for value, sample in columns]
    supports = [*support.tolist(), int(support[in_macro].sum()), int(support.sum())]
    return [
        Measure(task, name, precision, recall, f1, n)
        for name, n, precision, recall, f1 in zip([*findings, "macro", "micro"], supports, *intervals, strict=True)
    ]


def _figures(counts: Floats, in_macro: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
    """Return precision, recall and F1, each (n_draws, n_findings + 2), from counts (3, n_draws, n_findings)."""
    pooled = np.concatenate([counts, counts.sum(axis=2, keepdims=True)], axis=2)
    hits, predictions, cases = pooled
    precision, recall, f1 = _ratio(hits, predictions), _ratio(hits, cases), _ratio(2 * hits, predictions + cases)
    means = [_mean(np.nan_to_num(precision), in_macro), _mean(recall, in_macro), _mean(f1, in_macro)]
    precision, recall, f1 = (
        np.concatenate([figure[:, :-1], mean[:, None], figure[:, -1:]], axis=1)
        for figure, mean in zip((precision, recall, f1), means, strict=True)
    )
    return precision, recall, f1


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)


def _mean(figures: Floats, in_macro: NDArray[np.bool_]) -> Floats:
    """Return the mean over the findings of the macro average, leaving out what a draw holds no case of."""
    chosen = figures[:, :-1][:, in_macro]
    is_defined = ~np.isnan(chosen)
    return _ratio(np.where(is_defined, chosen, 0).sum(axis=1), is_defined.sum(axis=1).astype(np.float64))


def _intervals(values: Floats, samples: Floats) -> list[Interval]:
    bounds = np.full((2, len(values)), np.nan)
    is_defined = ~np.isnan(samples).all(axis=0) & ~np.isnan(values)
    if is_defined.any():
        bounds[:, is_defined] = np.nanpercentile(samples[:, is_defined], [2.5, 97.5], axis=0)
    columns = (values.tolist(), bounds[0].tolist(), bounds[1].tolist())
    return [Interval(*(None if np.isnan(number) else number for number in row)) for row in zip(*columns, strict=True)]


def kappa(first: Labels, second: Labels) -> list[float | None]:
    """Return Cohen's kappa per finding over the four values present, absent, uncertain and not mentioned.

    None where it is undefined: no cell scored by both, or both always say the same one thing (Cohen 1960).
    """
    is_scored = (first != NOT_SCORED) & (second != NOT_SCORED)
    n = is_scored.sum(axis=0).astype(np.float64)
    observed = _ratio(((first == second) & is_scored).sum(axis=0).astype(np.float64), n)
    expected = sum(
        _ratio(((first == value) & is_scored).sum(axis=0).astype(np.float64), n)
        * _ratio(((second == value) & is_scored).sum(axis=0).astype(np.float64), n)
        for value in (1, 0, -1, NOT_MENTIONED)
    )
    kappas = _ratio(observed - expected, 1 - np.asarray(expected))
    return [None if np.isnan(number) else number for number in kappas.tolist()]
