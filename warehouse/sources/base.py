"""What a source is: files with loaders, and the four verbs locate, verify, load, describe."""

from __future__ import annotations

import gzip
import hashlib
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from warehouse import runs, schema
from warehouse.config import Settings
from warehouse.errors import SourceError

Progress = Callable[[str, int, int], None]
"""Called with the name of a step, how much of it is done and how much there is (0 when not known)."""


_REPORTS = "p*/p*/s*.txt"


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
        arrow = pa.Table.from_pylist(list(rows))
        arrow = arrow.append_column("run_id", pa.array([self.run_id] * len(rows)))
        if "source_file" in schema.column_types(table):
            arrow = arrow.append_column("source_file", pa.array([file] * len(rows)))
        schema.append(self.con, table, arrow)
        self.rows[schema.qualified(table)] += len(rows)

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
    """

    name: str
    tables: tuple[type[schema.Table], ...]
    load: Loader
    aliases: tuple[str, ...] = ()
    sha256: str | None = None
    is_required: bool = True

    def find(self, folder: Path) -> Path | None:
        """Return the file in a folder, under any of its names."""
        names = (self.name, *self.aliases)
        spellings = [folder / s for name in names for s in (name, f"{name}.gz", name.removesuffix(".gz"))]
        return next((path for path in spellings if path.is_file() or has_reports(path)), None)


@dataclass(frozen=True)
class Fingerprint:
    """Size and hash of a located file, and whether it is the file as packaged."""

    file: str
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


@dataclass(frozen=True)
class Source:
    """A data set: what it is, where it comes from and which files fill which tables."""

    name: str
    title: str
    licence: str
    citation: str
    url: str
    get: str
    files: tuple[File, ...]
    default_folder: Callable[[Settings], Path | None] | None = public_data
    incremental: Callable[..., Any] | None = None
    """Loads in place of ``load_source`` where one transaction would have to hold too much; returns a LoadResult."""

    @property
    def tables(self) -> list[type[schema.Table]]:
        """Return the tables it fills, in order."""
        return list(dict.fromkeys(table for file in self.files for table in file.tables))

    def locate(self, path: Path | None, settings: Settings) -> dict[str, Path]:
        """Return the path of every file that is there, by published name.

        Parameters
        ----------
        path : Path or None
            Folder of the release, or the file itself when the source is one file; None for the default place.

        Raises
        ------
        SourceError
            A required file is missing, or nothing is there at all.
        """
        folder = path or (self.default_folder(settings) if self.default_folder else None)
        if folder is None:
            raise SourceError(
                f"'{self.name}' needs a folder", fix=f"Get it: {self.get}, then 'cxr load {self.name} PATH'"
            )
        if not folder.exists():
            raise SourceError("does not exist", where=folder, fix=f"Get {self.name}: {self.get}")
        if folder.is_file():
            if len(self.files) > 1:
                raise SourceError("is a file", where=folder, fix=f"Name the folder that holds {self._names()}")
            return {self.files[0].name: folder}
        located = {file.name: found for file in self.files if (found := file.find(folder))}
        missing = [file.name for file in self.files if file.is_required and file.name not in located]
        if missing or not located:
            names = ", ".join(missing) or f"any of {self._names()}"
            raise SourceError(
                f"{names} is not there", where=folder, fix=f"Get it: {self.get}, and put it into this folder"
            )
        return located

    def verify(self, located: dict[str, Path]) -> list[Fingerprint]:
        """Hash every located file and read through those that are not the packaged ones.

        Raises
        ------
        SourceError
            A file is empty, truncated or damaged.
        """
        fingerprints = fingerprint_all(self.files, located)
        for known in fingerprints:
            if known.bytes == 0:
                raise SourceError("is empty", where=located[known.file], fix=f"Get it again: {self.get}")
            if not known.is_known and not _is_intact(located[known.file]):
                raise SourceError("is damaged or truncated", where=located[known.file], fix=f"Get it again: {self.get}")
        return fingerprints

    def load(self, load: Load, located: dict[str, Path]) -> None:
        """Write the rows of every located file; the caller holds the transaction."""
        for i, file in enumerate(self.files):
            if file.name in located:
                load.progress(f"load {self.name}", i, len(self.files))
                file.load(load, file, located[file.name])
        load.progress(f"load {self.name}", len(self.files), len(self.files))

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


def fingerprint_all(files: Iterable[File], located: dict[str, Path]) -> list[Fingerprint]:
    """Hash the located files, in the source's order."""
    result = []
    for file in files:
        if path := located.get(file.name):
            size, sha256 = _listing(path) if path.is_dir() else (path.stat().st_size, runs.fingerprint(path))
            result.append(Fingerprint(file.name, size, sha256, sha256 == file.sha256))
    return result


def has_reports(folder: Path) -> bool:
    """Tell whether a folder holds reports: ``files`` of MIMIC-CXR-JPG, or of a copy of the images alone, does not."""
    return next(folder.glob(_REPORTS), None) is not None


def report_files(folder: Path) -> list[Path]:
    """Return the report files under MIMIC-CXR's ``files`` folder, in order."""
    return sorted(folder.glob(_REPORTS))


def _listing(folder: Path) -> tuple[int, str]:
    """Return bytes and hash of a tree's names and sizes: hashing 227,835 small files takes minutes."""
    sizes = [(str(path.relative_to(folder)), path.stat().st_size) for path in report_files(folder)]
    digest = hashlib.sha256("\n".join(f"{name}\t{size}" for name, size in sizes).encode()).hexdigest()
    return sum(size for _, size in sizes), digest


def _is_intact(path: Path) -> bool:
    """Read an archive to its end, where its checksum is."""
    try:
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                return archive.testzip() is None
        if path.suffix in {".gz", ".tgz"}:
            with gzip.open(path) as stream:
                while stream.read(1 << 20):
                    pass
        if path.suffix == ".tgz":
            with tarfile.open(path) as archive:
                return len(archive.getmembers()) > 0
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error, OSError):
        return False
    return True
