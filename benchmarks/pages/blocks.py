"""What the pages of results are made of: tables, figures, the line that says where a result was measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure


def save(drawing: Figure, path: Path) -> None:
    # The same figure gives the same file.
    with mpl.rc_context({"svg.hashsalt": "cxr-warehouse", "svg.fonttype": "none"}):
        drawing.savefig(path, metadata={"Date": None})


def grouped(rows: Iterable[dict[str, Any]], column: str) -> list[tuple[str, list[dict[str, Any]]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row[column], []).append(row)
    return list(groups.items())


def figure(value: float | str | None) -> str:
    return "-" if value in (None, "") else f"{float(value):.3f}"


def table(header: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    rows = [header, ["---"] * len(header), *lines]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows) + "\n"


def machine(result: dict[str, Any]) -> str:
    setting = result["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in setting["versions"].items())
    where = f"{setting['cpu']}, {setting['n_cpus']} cores, load before {setting['load_before']}"
    return f"*{setting['date']}, {where}, Python {setting['python']}, {versions}.*\n"
