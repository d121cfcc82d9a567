"""Thresholds of a trained network from some items, and its measures on others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.evaluation import measures
from models.network.manifest import FindingMetrics
from models.training.sets import Items


@dataclass(frozen=True)
class Quality:
    """What a network can do, where that was measured, and the thresholds that came of it."""

    metrics: dict[str, FindingMetrics]
    metrics_in_words: str
    thresholds: dict[str, float]


def choose_thresholds(
    items: Items, scores: NDArray[np.float32], *, min_positive: int = measures.MIN_POSITIVE
) -> dict[str, float]:
    """Return for each finding the threshold of the best F1, 0.5 where fewer than ``min_positive`` are positive.

    Parameters
    ----------
    items : Items
    scores : ndarray of float32, (n_items, n_findings)
    min_positive : int
    """
    return {
        finding: measures.best_threshold(*measures.with_target(items.targets, scores, i), min_positive=min_positive)
        for i, finding in enumerate(items.findings)
    }


def measure_items(items: Items, scores: NDArray[np.float32], thresholds: dict[str, float]) -> dict[str, FindingMetrics]:
    """Measure each finding over the items that have a target; intervals are over patients."""
    patients = items.patients
    return {
        finding: measures.measure(
            *measures.with_target(items.targets, scores, i),
            thresholds[finding],
            patients[~np.isnan(items.targets[:, i])],
        )
        for i, finding in enumerate(items.findings)
    }
