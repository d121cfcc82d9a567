"""What was read: size and hash of a file or folder, so that the same files need not be loaded twice."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from warehouse import runs


@dataclass(frozen=True)
class Fingerprint:
    """Size and hash of a located file, and whether it is the file as packaged."""

    file: str
    path: Path
    bytes: int
    sha256: str
    is_known: bool


def measure(path: Path) -> tuple[int, str]:
    """Return bytes and hash of a file; of a database, too large to read whole, by its size and time."""
    seen = path.stat()
    if is_database(path):
        return seen.st_size, hashlib.sha256(f"{seen.st_size}\t{seen.st_mtime_ns}".encode()).hexdigest()
    return seen.st_size, runs.fingerprint(path)


def measure_listing(members: Sequence[tuple[str, int]]) -> tuple[int, str]:
    """Return bytes and hash of names and sizes: to hash the contents of 227,835 small reports takes minutes."""
    digest = hashlib.sha256("\n".join(f"{name}\t{size}" for name, size in members).encode()).hexdigest()
    return sum(size for _, size in members), digest


def is_database(path: Path) -> bool:
    """Tell whether a file is a DuckDB database, by the mark in its header."""
    with path.open("rb") as file:
        return file.read(12)[8:] == b"DUCK"
