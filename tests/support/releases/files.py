"""Files of invented releases."""

from __future__ import annotations

import csv
import io
from pathlib import Path


def table(header: list[str], *rows: list[object]) -> str:
    """Return CSV with every field quoted where it must be."""
    lines = io.StringIO()
    csv.writer(lines, lineterminator="\n").writerows([header, *rows])
    return lines.getvalue()


def files(folder: Path, content: dict[str, str | bytes | int]) -> Path:
    """Write files under a folder and return it; a number is the size of a file of zeros."""
    for name, written in content.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(written, int):
            with path.open("wb") as zeros:
                zeros.truncate(written)
        else:
            path.write_bytes(written.encode() if isinstance(written, str) else written)
    return folder
