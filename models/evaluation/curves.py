"""ROC and precision-recall curves: a point at each distinct score. numpy only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Curve:
    """Points of a curve, from the highest threshold down.

    Attributes
    ----------
    x, y : ndarray, (n_points,)
        ROC: false and true positive rate. Precision-recall: recall and precision.
    thresholds : ndarray, (n_points,)
        Score from which on items count as positive at the point.
    """

    x: Floats
    y: Floats
    thresholds: Floats


def roc(targets: Floats, scores: Floats) -> Curve:
    """Return the ROC curve, from (0, 0) to (1, 1); both classes must occur."""
    thresholds, hits, predicted = _counts(targets, scores)
    false_positives = predicted - hits
    return Curve(
        np.concatenate([[0.0], false_positives / false_positives[-1]]),
        np.concatenate([[0.0], hits / hits[-1]]),
        np.concatenate([[np.inf], thresholds]),
    )


def precision_recall(targets: Floats, scores: Floats) -> Curve:
    """Return precision by recall; a positive must occur. Points are to be joined by steps, not by straight lines."""
    thresholds, hits, predicted = _counts(targets, scores)
    return Curve(hits / hits[-1], hits / predicted, thresholds)


def thin(curve: Curve, n_points: int) -> Curve:
    """Return at most ``n_points`` of a curve's points, evenly spaced along it, ends included."""
    if len(curve.x) <= n_points:
        return curve
    length = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(curve.x)) + np.abs(np.diff(curve.y)))])
    kept = np.unique(np.searchsorted(length, np.linspace(0, length[-1], n_points)))
    return Curve(curve.x[kept], curve.y[kept], curve.thresholds[kept])


def _counts(targets: Floats, scores: Floats) -> tuple[Floats, Floats, Floats]:
    """Return each distinct score from the highest down, with the positives and items of at least that score."""
    order = np.argsort(-scores, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    return scores[order][ends], np.cumsum(targets[order])[ends], (ends + 1).astype(np.float64)
