"""Folders whose files are the rows: images of which only the place is kept, and readings of one text file each."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from warehouse import schema
from warehouse.sources.base import File, Load, Loader

_BATCH = 5_000

Read = Callable[[Path], dict[str, Any]]
"""Reads one file: columns of its row. Raises UnicodeError for text, OSError or `BadMemberError` for anything else."""


class BadMemberError(ValueError):
    """A file that is not what its name says; the message says why, without a word of its content."""


def nothing(path: Path) -> dict[str, Any]:
    """Read nothing of a file: its row is what its name says."""
    del path
    return {}


def member_rows(table: type[schema.Table], pattern: str, read: Read = nothing) -> Loader:
    """Return a loader of a folder, one row a file.

    Parameters
    ----------
    table : table class
        Its columns are the pattern's groups, what ``read`` returns, and ``path`` (within the release) if it has one.
    pattern : str
        Regular expression that the end of a file's path matches; a file that does not is rejected, as is one whose key
        an earlier file has.
    read : callable
        Takes the path of a file.
    """
    shape = re.compile(rf"(?:^|/){pattern}$")
    has_path = "path" in schema.column_types(table)
    key = schema.grain(table)

    def load(load: Load, file: File, folder: Path) -> None:
        rows: list[dict[str, Any]] = []
        bad: list[tuple[str, str, str]] = []
        seen: set[tuple[Any, ...]] = set()
        members = file.members_of(folder)
        for done, (inside, _) in enumerate(members):
            found = shape.search(inside)
            if not found:
                bad.append((inside, "unknown_name", "the file's name is not of the published form"))
                continue
            try:
                row = found.groupdict() | read(folder / inside)
            except UnicodeError as error:
                bad.append((inside, "not_text", f"the file is {error}"))
                continue
            except (BadMemberError, OSError) as error:
                bad.append(
                    (inside, "unreadable", str(error) if isinstance(error, BadMemberError) else "cannot be read")
                )
                continue
            identity = tuple(row[name] for name in key)
            if identity in seen:
                bad.append((inside, "duplicate", "another file has the same name"))
                continue
            seen.add(identity)
            rows.append(row | ({"path": _within_release(file, folder, inside)} if has_path else {}))
            if len(rows) == _BATCH:
                load.append(table, rows, file.name)
                load.progress(f"read {file.name}", done + 1, len(members))
                rows = []
        load.append(table, rows, file.name)
        load.reject(file.name, bad)

    return load


def _within_release(file: File, folder: Path, inside: str) -> str:
    """Return a file's path as published; where the release's own folder was read, it is the path in it."""
    is_published = folder.name == PurePosixPath(file.name).name
    return f"{file.name}/{inside}" if is_published else inside
