"""Whether two labelers differ on the same gold: paired tests and the bootstrap of a difference; arrays in, numbers out.

McNemar's test asks whether one labeler is right more often than the other where only one of them is. The paired
bootstrap asks for the difference of F1 and draws the studies once for both. Neither needs independent labelers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nlp.evaluation.metrics import (
    MACRO_SUPPORT,
    NOT_SCORED,
    TASKS,
    Labels,
    figures,
    resample,
    tally,
    total,
)
from warehouse.stats import Floats, Interval, intervals

EXACT_BELOW = 25
"""Discordant pairs below which McNemar's test is exact: the approximation by chi-squared is for more."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What sets two labelers apart in one finding, or in all ('macro', 'micro'), in one task.

    Attributes
    ----------
    task, finding : str
    f1_first, f1_second : float or None
        None where there is neither a case nor a prediction.
    f1_difference : Interval
        F1 of the first less that of the second.
    p_bootstrap : float or None
        Two-sided, of no difference in F1.
    only_first_right, only_second_right : int or None
        Studies on which one is right and the other wrong. None for averages: the findings of one study are not
        independent trials.
    p_mcnemar : float or None
        Two-sided, of being right equally often. None where no study has the case or a prediction of it.
    p_bootstrap_holm, p_mcnemar_holm : float or None
        Adjusted over the findings of the task (Holm 1979); None for averages.
    support : int
        Gold cases.
    """

    task: str
    finding: str
    f1_first: float | None
    f1_second: float | None
    f1_difference: Interval
    p_bootstrap: float | None
    only_first_right: int | None
    only_second_right: int | None
    p_mcnemar: float | None
    support: int
    p_bootstrap_holm: float | None = None
    p_mcnemar_holm: float | None = None


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the two-sided p of McNemar's test (1947) from the counts of discordant pairs.

    Exact by the binomial distribution for fewer than `EXACT_BELOW` pairs, else chi-squared with one degree of freedom
    and continuity correction (Edwards 1948).
    """
    n = only_first + only_second
    if n < EXACT_BELOW:
        n_ways = sum(math.comb(n, k) for k in range(min(only_first, only_second) + 1))
        return min(1.0, 2 * n_ways / float(2**n))
    chi_squared = max(abs(only_first - only_second) - 1, 0) ** 2 / n
    return math.erfc(math.sqrt(chi_squared / 2))


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjust p values for being several (Holm 1979); None is no test and stays None."""
    tested = sorted((p, i) for i, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, i) in enumerate(tested):
        highest = max(highest, min(1.0, p * (len(tested) - rank)))
        adjusted[i] = highest
    return adjusted


def differences(
    gold: Labels, first: Labels, second: Labels, findings: Sequence[str], task: str, draws: NDArray[np.float32]
) -> list[Difference]:
    """Compare two labelers in one task, finding by finding and over all as `nlp.evaluation.metrics.measure` has them.

    Parameters
    ----------
    gold, first, second : ndarray of int8, (n_studies, n_findings)
        Cells that any of the three marks NOT_SCORED are left out.
    findings : sequence of str
        Names of the columns.
    task : str
        One of `nlp.evaluation.metrics.TASKS`.
    draws : ndarray of float32, (n_draws, n_studies)
        From `nlp.evaluation.metrics.resamples`. Draws that leave either F1 undefined are left out of interval and p.
    """
    is_scored = (gold != NOT_SCORED) & (first != NOT_SCORED) & (second != NOT_SCORED)
    gold = np.where(is_scored, gold, np.int8(NOT_SCORED))
    cells = [tally(gold, labels, task) for labels in (first, second)]
    support = cells[0][2].sum(axis=0)
    in_macro = support >= MACRO_SUPPORT
    f1_first, f1_second = (figures(total(of_one), in_macro)[2][0] for of_one in cells)
    drawn = [figures(resample(of_one, draws), in_macro)[2] for of_one in cells]
    samples = drawn[0] - drawn[1]
    right = [np.isin(labels, TASKS[task]) == np.isin(gold, TASKS[task]) for labels in (first, second)]
    only_first, only_second = ((is_scored & a & ~b).sum(axis=0).tolist() for a, b in (right, right[::-1]))
    is_tested = (cells[0][1] | cells[1][1] | cells[0][2]).any(axis=0)
    discordant: list[tuple[int | None, int | None, float | None]] = [
        (a, b, mcnemar(a, b) if tested else None)
        for a, b, tested in zip(only_first, only_second, is_tested.tolist(), strict=True)
    ]
    discordant += [(None, None, None)] * 2  # of the averages
    names = [*findings, "macro", "micro"]
    columns = zip(
        map(_known, f1_first),
        map(_known, f1_second),
        intervals(f1_first - f1_second, samples),
        _p_values(f1_first - f1_second, samples),
        strict=True,
    )
    supports = [*support.tolist(), int(support[in_macro].sum()), int(support.sum())]
    found = [
        Difference(task, name, *figures_of_both, *pairs, n)
        for name, figures_of_both, pairs, n in zip(names, columns, discordant, supports, strict=True)
    ]
    return _adjusted(found, len(findings))


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _p_values(observed: Floats, samples: Floats) -> list[float | None]:
    """Return twice the share of draws on the rarer side of no difference, counting the observed one as a draw.

    That is the level at which the percentile interval just reaches zero (Davison and Hinkley 1997, section 4.2).
    """
    n = (~np.isnan(samples)).sum(axis=0)
    below, above = ((samples <= 0).sum(axis=0) + 1) / (n + 1), ((samples >= 0).sum(axis=0) + 1) / (n + 1)
    p_values = np.minimum(1.0, 2 * np.minimum(below, above)).tolist()
    return [p if defined else None for p, defined in zip(p_values, (~np.isnan(observed)).tolist(), strict=True)]


def _adjusted(found: list[Difference], n_findings: int) -> list[Difference]:
    of_findings, averages = found[:n_findings], found[n_findings:]
    bootstrap = holm([item.p_bootstrap for item in of_findings])
    exact = holm([item.p_mcnemar for item in of_findings])
    return [
        replace(item, p_bootstrap_holm=p, p_mcnemar_holm=q)
        for item, p, q in zip(of_findings, bootstrap, exact, strict=True)
    ] + averages
