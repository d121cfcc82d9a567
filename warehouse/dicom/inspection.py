"""How many files of a tree look identified, and by which elements."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import batched
from pathlib import Path

from warehouse.dicom import tree
from warehouse.dicom.deidentification import identifying_elements
from warehouse.dicom.errors import UnreadableError
from warehouse.dicom.headers import read_elements
from warehouse.errors import SourceError
from warehouse.pool import map_batches
from warehouse.progress import Progress

BATCH = 500


@dataclass
class Inspection:
    """What the headers of a tree say.

    Attributes
    ----------
    n_files, n_unreadable, n_looks_identified : int
        Files; those without a readable header; those that look identified.
    elements : dict
        Number of files by the element that looks identified.
    identity_removed : dict
        Number of files by what PatientIdentityRemoved says.
    """

    n_files: int = 0
    n_unreadable: int = 0
    n_looks_identified: int = 0
    elements: Counter[str] = field(default_factory=Counter)
    identity_removed: Counter[str] = field(default_factory=Counter)


def inspect_tree(path: Path, *, processes: int, progress: Progress) -> Inspection:
    """Check every header of a tree.

    Raises
    ------
    SourceError
        The folder is missing or holds nothing that is named as DICOM files are.
    """
    if not path.exists():
        raise SourceError("does not exist", where=path)
    root = str((path.parent if path.is_file() else path).resolve())
    paths = [found.path for found in tree.find(path)]
    if not paths:
        raise SourceError("holds no DICOM files", where=path, fix="Name a folder of .dcm files, at any depth")
    total = Inspection()
    enough = min(processes, 1 + len(paths) // 2_000)
    for part in map_batches(inspect_batch, map(list, batched(paths, BATCH)), root, processes=enough):
        total.n_files += part.n_files
        total.n_unreadable += part.n_unreadable
        total.n_looks_identified += part.n_looks_identified
        total.elements += part.elements
        total.identity_removed += part.identity_removed
        progress("check DICOM headers", total.n_files, len(paths))
    return total


def inspect_batch(root: str, paths: list[str]) -> Inspection:
    """Check the headers of files under ``root``."""
    result = Inspection(n_files=len(paths))
    for path in paths:
        try:
            elements, _ = read_elements(f"{root}/{path}")
        except UnreadableError:
            result.n_unreadable += 1
            continue
        named = identifying_elements(elements)
        result.n_looks_identified += bool(named)
        result.elements.update(named)
        said = elements.get("PatientIdentityRemoved")
        result.identity_removed[said.strip().upper() if isinstance(said, str) else "not stated"] += 1
    return result
