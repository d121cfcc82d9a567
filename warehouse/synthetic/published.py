"""The published shape of MIMIC-CXR, and how a release of another size gets its share of each count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

SPLITS = ("train", "validate", "test")
FULL = 65_379
"""Patients of MIMIC-CXR."""


@cache
def published() -> dict[str, Any]:
    """Return ``published.yml``."""
    text = (Path(__file__).with_name("published.yml")).read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def apportion(total: int, weights: Sequence[float] | Ints) -> Ints:
    """Share a total out in proportion to weights, by largest remainder; weights that sum to the total are returned.

    Parameters
    ----------
    total : int
    weights : sequence of float
        Not negative; not all zero unless the total is.

    Returns
    -------
    int64 array, shape (n,)
        Sums to the total.
    """
    shares = np.asarray(weights, float)
    if total == 0:
        return np.zeros(len(shares), np.int64)
    exact = shares * (total / shares.sum())
    counts: Ints = np.floor(exact + 1e-9).astype(np.int64)
    order = np.argsort(counts - exact, kind="stable")
    counts[order[: total - counts.sum()]] += 1
    return counts


def scaled(count: int, part: int, whole: int) -> int:
    """Return the share of a published count that a part of the release has."""
    return round(count * part / whole)


def codes(rng: np.random.Generator, n: int, weights: Mapping[Any, int]) -> Ints:
    """Return ``n`` indexes into the keys, each as often as its weight says, in random order."""
    counts = apportion(n, list(weights.values()))
    indexes: Ints = np.repeat(np.arange(len(counts)), counts)
    return rng.permutation(indexes)
