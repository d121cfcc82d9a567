"""Files of a folder by a glob pattern."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path


def walk(folder: str | Path, pattern: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Yield path within the folder and entry of the files that a glob pattern matches, in no order.

    What macOS adds to archives (``._*``) is left out. Pathlib's own glob takes four times as long over the 65,379
    folders of MIMIC-CXR.
    """
    yield from _walk(folder, pattern.split("/"), "")


def _walk(folder: str | Path, parts: Sequence[str], inside: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    first, *rest = parts
    if first == "**":
        yield from _walk(folder, rest, inside)
    try:
        with os.scandir(folder) as entries:
            found = list(entries)
    except (NotADirectoryError, FileNotFoundError):
        return
    for entry in found:
        if first == "**":
            if entry.is_dir():
                yield from _walk(entry.path, parts, f"{inside}{entry.name}/")
        elif fnmatchcase(entry.name, first) and not entry.name.startswith("._"):
            if rest:
                yield from _walk(entry.path, rest, f"{inside}{entry.name}/")
            else:
                yield inside + entry.name, entry
