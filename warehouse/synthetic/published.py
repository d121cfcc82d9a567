"""The published shape of MIMIC-CXR, and how a release of another size gets its share of each count."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

from warehouse.findings import read_seed

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

SPLITS = ("train", "validate", "test")
FULL = 65_379
"""Patients of MIMIC-CXR."""


@cache
def published() -> dict[str, Any]:
    """Return the published counts by what they are of: of the seed ``published_count`` and of ``published.yml``."""
    count = {
        row["subject"]: int(row["published_count"])
        for row in read_seed("published_count")
        if row["dataset"] == "mimic_cxr"
    }
    own: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("published.yml").read_text(encoding="utf-8"))
    views = _by(r"images of view (.+)", count) | {"": count["images without a view"]} | own["views"]
    orientations = _by(r"images of orientation (.+)", count)
    sources = _by(r"texts from (.+)", count) | own["label_source"]
    return own | {
        "splits": {name: {unit: count[f"{subject} of {name}"] for unit, subject in UNITS.items()} for name in SPLITS},
        "images_per_study": {int(n): c for n, c in _by(r"studies of (\d+) images?", count).items()},
        "studies_per_folder": {int(n): c for n, c in _by(r"studies of folder p(\d+)", count).items()},
        "views": views,
        "ap_of_pa_and_lateral": count["AP images of CHEST (PA AND LAT)"],
        "orientations": orientations | {"": count["images"] - sum(orientations.values())},
        "label_source": sources,
        "without_chexpert_label": count["studies without a label by CheXpert"],
        "agreement": {
            label: [count.get(f"{label}: {said}", 0) for said in AGREEMENT]
            for label in _by(r"(.+): both positive", count)
        },
        "radiologist_studies": count["studies labeled by a radiologist"],
        "providers": {role: (count[f"{role} providers"], share) for role, share in own["provider_shares"].items()},
    }


UNITS = {
    "patients": "patients",
    "studies": "studies",
    "images": "images",
    "studies_with_finding": "studies with a finding",
    "patients_with_finding": "patients with a finding",
}
AGREEMENT = ("both positive", "both negative", "both uncertain", "labelers disagree")


def _by(pattern: str, count: Mapping[str, int]) -> dict[str, int]:
    """Return counts by what the group of a pattern finds in their subjects."""
    found = ((re.fullmatch(pattern, subject), n) for subject, n in count.items())
    return {match[1]: n for match, n in found if match}


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
