"""The cells of a study's grid: each is measured once, and written down as soon as it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from warehouse.files import replacing
from warehouse.progress import Progress

CELLS = "cells"


class Cell(Protocol):
    """One network of a grid."""

    @property
    def name(self) -> str:
        """Name of its file."""


def measure_cells[Kind: Cell](
    cells: Sequence[Kind],
    folder: Path,
    key: Callable[[Kind], Any],
    measure: Callable[[Kind], dict[str, Any]],
    progress: Progress | None,
    is_there: Callable[[Kind], bool] = lambda _: True,
) -> list[dict[str, Any]]:
    """Return the figures of each cell, from ``cells/NAME.json`` where they are there.

    Parameters
    ----------
    cells : sequence of Cell
    folder : Path
        Of the study.
    key : callable
        All that a cell's figures depend on, for JSON; a cell that was measured under another key is measured anew.
    measure : callable
        Trains and measures a cell.
    progress : callable, optional
    is_there : callable, optional
        Whether what else a cell made is still there; one whose work is gone is measured anew.
    """
    (folder / CELLS).mkdir(parents=True, exist_ok=True)
    done = []
    for i, cell in enumerate(cells):
        path = folder / CELLS / f"{cell.name}.json"
        wanted = hashlib.sha256(json.dumps(key(cell)).encode()).hexdigest()
        figures = _read(path)
        if figures.get("key") != wanted or not is_there(cell):
            write_json(path, {"key": wanted, **measure(cell)})
            figures = _read(path)
        done.append(figures)
        if progress is not None:
            progress("study", i + 1, len(cells))
    return done


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a file that people read too."""
    with replacing(path) as partial:
        partial.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _read(path: Path) -> dict[str, Any]:
    """Return a cell's file; empty where it is not there or not whole."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
