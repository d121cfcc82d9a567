"""Which files of a tree are DICOM files, in one order whatever the file system says."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from warehouse.dicom.errors import UnreadableError, not_openable

# Many archives name files by their UID, without a suffix: the last number of a UID looks like one.
_DICOM_NAME = re.compile(r"(?!\.)(.*\.(dcm|dicom|dic|ima|\d+)|[^.]*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Found:
    """A file of a tree, or a folder that cannot be listed.

    Attributes
    ----------
    path : str
        Relative to the tree's root, with forward slashes.
    bytes, mtime_ns : int
        Size and time of modification (nanoseconds since 1970).
    error : UnreadableError or None
        Why it cannot be used.
    """

    path: str
    bytes: int = 0
    mtime_ns: int = 0
    error: UnreadableError | None = None


def find(root: Path) -> Iterator[Found]:
    """Yield the files that are named as DICOM files are, in the order of their paths (by code point).

    Taken are the suffixes .dcm, .dicom, .dic and .ima, and names without a suffix; names that begin with a dot are not.
    Links are followed, except into a folder that holds them. ``root`` may be a single file, whatever its name.
    """
    if root.is_file():
        status = root.stat()
        yield Found(root.name, status.st_size, status.st_mtime_ns)
        return
    yield from _walk(str(root), "", (os.path.realpath(root),))


def _walk(folder: str, prefix: str, parents: tuple[str, ...]) -> Iterator[Found]:
    try:
        with os.scandir(folder) as entries:
            # A slash after folders' names, so that the order is that of the whole paths.
            named = sorted((entry.name + "/" if entry.is_dir() else entry.name, entry) for entry in entries)
    except OSError as error:
        yield Found(_printable(prefix) or ".", error=not_openable(error))
        return
    for name, entry in named:
        if name.endswith("/"):
            real = os.path.realpath(entry.path) if entry.is_symlink() else f"{parents[-1]}/{entry.name}"
            if real not in parents:
                yield from _walk(entry.path, prefix + name, (*parents, real))
        elif _DICOM_NAME.fullmatch(name):
            yield _file(prefix + name, entry)


def _file(path: str, entry: os.DirEntry[str]) -> Found:
    if not _is_text(path):
        return Found(_printable(path), error=UnreadableError("not_utf8_name", "the file's name is not UTF-8"))
    try:
        status = entry.stat()
    except OSError as error:
        return Found(path, error=not_openable(error))
    return Found(path, status.st_size, status.st_mtime_ns)


def _is_text(path: str) -> bool:
    return path.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in path)


def _printable(path: str) -> str:
    return path.encode("utf-8", "backslashreplace").decode()
