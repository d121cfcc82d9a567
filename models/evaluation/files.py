"""Measure scores against labels that lie in files: no warehouse needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

import numpy as np
from numpy.typing import NDArray

from models.evaluation import measures
from models.network.image_files import stem
from models.network.manifest import FindingMetrics
from warehouse import findings
from warehouse.errors import SourceError
from warehouse.user_tables import cell, read_table

KEYS = ("image", "study_id", "image_id", "Image Index", "uid")
"""Columns that name an item, the first that is there counts; ``Image Index`` and ``uid`` are releases' own words."""

LISTS = ("finding_labels", "Finding Labels")
"""Columns of ChestX-ray14's form: the labels that are present, as in ``Effusion|Mass``."""

_PATIENTS = ("patient_id", "Patient ID", "subject_id")
_LABELS: Mapping[str, float] = {"": 0, "0": 0, "0.0": 0, "1": 1, "1.0": 1, "-1": np.nan, "-1.0": np.nan, "x": np.nan}
"""Target by label: not mentioned counts as absent; uncertain and not scored stand aside."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FileEvaluation:
    """Scores of a file beside the labels of another.

    Attributes
    ----------
    n_items : int
        Items that both files have.
    n_unmatched : int
        Items with scores that the gold does not have, or whose file's name is that of another.
    n_patients : int
        What intervals were drawn from; as many as items where neither file has patients.
    thresholds : dict of str to float
    metrics : dict of str to FindingMetrics
        Both by finding, of those that both files have.
    """

    n_items: int
    n_unmatched: int
    n_patients: int
    thresholds: dict[str, float]
    metrics: dict[str, FindingMetrics]


@dataclass(frozen=True)
class _Table:
    keys: list[str]
    patients: list[str]
    """Empty where they are not known."""
    values: dict[str, Floats]


def measure_files(
    scores: str | Path,
    gold: str | Path,
    *,
    threshold: float | Mapping[str, float] = measures.THRESHOLD,
    n_resamples: int = measures.N_RESAMPLES,
) -> FileEvaluation:
    r"""Measure the findings that a file of scores and a file of labels share.

    Parameters
    ----------
    scores : str or Path
        CSV (.gz or not) as ``cxr score ... --output`` writes it: ``image`` or ``study_id``, then a column of
        probabilities for each finding. Items without scores are left out.
    gold : str or Path
        CSV (.gz or not) with the same items; images are known by their files' names too, with or without suffix, where
        these tell them apart. Either a column for each finding with 1, 0, -1 (uncertain), x (not scored) or nothing
        (not mentioned); or ChestX-ray14's form, ``image`` and ``finding_labels``. Findings are named as they are shown,
        by id, or as in a label scheme. A column ``patient_id``, in either file, says which items are resampled
        together; an item without one is a patient of its own.
    threshold : float or mapping of str to float
        Of precision, recall and F1: of every finding, or by finding, `measures.THRESHOLD` of those it lacks.
    n_resamples : int
        Of the bootstrap.

    Raises
    ------
    SourceError
        A file is missing, lacks a column, names an item twice or holds another value; or they share nothing.

    Examples
    --------
    >>> import cxr
    >>> from pathlib import Path
    >>> _ = Path("scores.csv").write_text("image,Edema\na,0.9\nb,0.2\nc,0.4\n")
    >>> _ = Path("gold.csv").write_text("image,Edema\na,1\nb,0\nc,0\n")
    >>> cxr.evaluate("scores.csv", "gold.csv").metrics["edema"].auroc
    1.0
    """
    scores, gold = Path(scores), Path(gold)
    scored, labeled = _read(scores, _probability), _read(gold, _label)
    pairs = _pairs(scored.keys, labeled.keys)
    shared = [name for name in findings.findings() if name in scored.values and name in labeled.values]
    if not pairs or not shared:
        what = "item" if not pairs else "finding"
        raise SourceError(f"has no {what} of {scores.name}", where=gold, fix="See docs/how-to/evaluate-networks.md")
    ours, theirs = np.array(pairs).T
    patients = _patients(scored, labeled, ours, theirs)
    given = threshold if isinstance(threshold, Mapping) else dict.fromkeys(shared, threshold)
    thresholds = {name: given.get(name, measures.THRESHOLD) for name in shared}
    metrics = {}
    for name in shared:
        probabilities, targets = scored.values[name][ours], labeled.values[name][theirs]
        known = ~(np.isnan(probabilities) | np.isnan(targets))
        metrics[name] = measures.measure(
            targets[known],
            probabilities[known],
            thresholds[name],
            patients[known],
            n_resamples=n_resamples,
        )
    return FileEvaluation(len(pairs), len(scored.keys) - len(pairs), int(patients.max()) + 1, thresholds, metrics)


def _pairs(scored: list[str], labeled: list[str]) -> list[tuple[int, int]]:
    """Return the rows of the same item: by key, file name or its stem, whichever finds the most.

    Names that the gold has twice tell no items apart; those that several scored items share are left out.
    """
    found: list[list[tuple[int, int]]] = [[]]
    for name in (str, lambda key: PurePath(key).name, stem):
        rows = {name(key): i for i, key in enumerate(labeled)}
        times = Counter(map(name, scored))
        if len(rows) == len(labeled):
            found.append(
                [(i, rows[name(key)]) for i, key in enumerate(scored) if name(key) in rows and times[name(key)] == 1]
            )
    return max(found, key=len)


def _patients(scored: _Table, labeled: _Table, ours: NDArray[np.int64], theirs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the patient of each pair, numbered: the gold's, else the scores', else the item is its own."""
    names = [
        f"gold {known}"
        if (known := labeled.patients[j])
        else f"scores {own}"
        if (own := scored.patients[i])
        else f"item {i}"
        for i, j in zip(ours, theirs, strict=True)
    ]
    codes: NDArray[np.int64] = np.unique(names, return_inverse=True)[1]
    return codes


def _read(path: Path, parse: Callable[[str], float]) -> _Table:
    """Read a table of findings; cells go through ``parse``."""
    header, lines = read_table(path)
    rows = [{name: cell(line, i) for i, name in enumerate(header)} for line in lines]
    key = next((name for name in KEYS if name in header), None)
    if key is None:
        raise SourceError("has no column image or study_id", where=path, fix="Name the columns in the first line")
    keys = [row[key] for row in rows]
    if len(set(keys)) < len(keys):
        raise SourceError(f"names an item twice in its column {key}", where=path, fix="Give each item one row")
    listed = next((name for name in LISTS if name in header), None)
    columns = _columns(header)
    if listed is not None:
        values = _from_lists([row[listed] for row in rows], path)
    elif columns:
        values = {finding: _parsed(rows, name, parse, path) for name, finding in columns.items()}
    else:
        raise SourceError("has no column of a finding", where=path, fix="Name them as 'cxr models list --json' does")
    patient = next((name for name in _PATIENTS if name in header), None)
    return _Table(keys, [row[patient] if patient else "" for row in rows], values)


def _columns(header: list[str]) -> dict[str, str]:
    """Return finding by column; where a header has several names of a finding the first counts."""
    known = {finding.name: name for name, finding in findings.findings().items()}
    known |= {name: name for name in findings.findings()}
    known |= findings.scheme("chexpert14") | findings.scheme("chestxray14")
    found: dict[str, str] = {}
    for name in header:
        if name in known and known[name] not in found.values():
            found[name] = known[name]
    return found


def _parsed(rows: list[dict[str, str]], name: str, parse: Callable[[str], float], path: Path) -> Floats:
    try:
        return np.array([parse(row[name]) for row in rows], np.float64)
    except (KeyError, ValueError):
        raise SourceError(f"column '{name}' holds a value that is none of the expected", where=path) from None


def _from_lists(lists: list[str], path: Path) -> dict[str, Floats]:
    """Return targets by finding of ChestX-ray14's lists, whose labels are what is present."""
    scheme = findings.scheme("chestxray14") | {"No Finding": "no_finding"}
    present = [set(text.split("|")) for text in lists]
    if unknown := set().union(*present) - set(scheme):
        raise SourceError(f"{len(unknown)} labels are not of ChestX-ray14", where=path)
    return {finding: np.array([label in row for row in present], np.float64) for label, finding in scheme.items()}


def _label(text: str) -> float:
    return _LABELS[text]


def _probability(text: str) -> float:
    if not text:
        return np.nan
    value = float(text)
    if not 0 <= value <= 1:
        raise ValueError(text)
    return value
