"""DICOM files of any tree: one row of header values a file, read by a pool of processes, a batch at a time.

Unlike the other sources, whose few files are loaded in one transaction or not at all, this one keeps what it has read:
a release has 377,110 files in 65,379 folders. A file is read again only when its size, its time of modification or the
code that reads it has changed.

Images whose path is one of MIMIC-CXR are of that data set in raw.image; the others are of the data set ``dicom``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import batched
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from warehouse import runs, schema
from warehouse.config import Settings
from warehouse.connection import transaction
from warehouse.dicom import tree
from warehouse.dicom.headers import Headers, Layout, read_batch
from warehouse.errors import SourceError
from warehouse.pool import map_batches
from warehouse.progress import Progress
from warehouse.sources.base import Load, Source
from warehouse.sources.dicom_header import DicomHeader
from warehouse.sources.loading import LoadResult
from warehouse.sources.reading.fingerprints import Fingerprint
from warehouse.sources.version import code_version

BATCH = 3_000
"""Files read by one task and committed at once."""
_FILES_PER_PROCESS = 2_000
"""Starting a process takes as long as reading about as many."""
FILES = "DICOM files"
_SAME = """
    f.path = h.path and f.n_bytes = h.n_bytes and f.modified_at = h.modified_at
    and h.reader_version = getvariable('reader_version')
"""
_SEEN = f"select 1 from raw.dicom_header as h where {_SAME}"


@cache
def reader_version() -> str:
    """Return a hash of the code that turns files into rows."""
    return code_version(read_batch.__module__, DicomHeader.__module__)[:16]


def load_tree(
    con: duckdb.DuckDBPyConnection, source: Source, path: Path | None, settings: Settings, progress: Progress
) -> LoadResult:
    """Bring ``raw.dicom_header`` up to date with a tree; a killed load goes on where it stopped.

    Rows of files that are gone, or of a tree loaded before, are removed.

    Raises
    ------
    SourceError
        There is no folder, or nothing in it that is named as DICOM files are.
    """
    started_at = datetime.now(UTC)
    located = next(iter(source.locate(path, settings).values())).resolve()
    root = located.parent if located.is_file() else located
    con.execute("set variable reader_version = ?", [reader_version()])
    try:
        listing = _list(con, located, progress)
        run = runs.run_id(source.name, reader_version(), listing.sha256)
        load = Load(con, source.name, run, progress)
        pending = con.sql(f"select path from _file as f where not exists ({_SEEN}) order by path").to_arrow_table()[0]
        if _is_unchanged(load, len(pending) + len(listing.unusable)):
            return _result(load, "unchanged", started_at)
        with transaction(con):
            _forget_former(load)
            _record_listing(load, listing)
        with runs.recorded(con, schema.loads.LoadRun, run, source=source.name, location=str(root)) as record:
            processes = min(settings.threads, 1 + len(pending) // _FILES_PER_PROCESS)
            layout = Layout(str(root), _keyword_columns())
            batches = (pending.slice(i, BATCH).to_pylist() for i in range(0, len(pending), BATCH))
            n_done = listing.n_files - len(pending)
            for headers in map_batches(read_batch, batches, layout, processes=processes):
                with transaction(con):
                    n_done += _store(load, headers)
                progress("read DICOM headers", n_done, listing.n_files)
            record |= {"n_rows": _count(load, DicomHeader), "n_rejected": _count(load, schema.loads.Rejected)}
    finally:
        con.execute("drop table if exists _file")
    return _result(load, "loaded", started_at)


@dataclass(frozen=True)
class _Listing:
    """What a tree holds: files, bytes, a hash of names and sizes in order, and what cannot be looked at."""

    n_files: int
    n_bytes: int
    sha256: str
    unusable: list[tuple[str, str, str]]


def _list(con: duckdb.DuckDBPyConnection, located: Path, progress: Progress) -> _Listing:
    """List the tree into the temporary table ``_file``."""
    con.execute("create or replace temp table _file (path varchar, n_bytes bigint, modified_at timestamp)")
    digest, n_files, n_bytes = hashlib.sha256(), 0, 0
    unusable: list[tuple[str, str, str]] = []
    for found in batched(tree.find(located), 20_000):
        unusable += [(file.path, file.error.code, file.error.message) for file in found if file.error]
        files = [file for file in found if not file.error]
        listed = pa.table(
            {
                "path": pa.array([file.path for file in files], pa.string()),
                "n_bytes": pa.array([file.bytes for file in files], pa.int64()),
                "modified_at": pa.array([file.mtime_ns // 1000 for file in files], pa.timestamp("us")),
            }
        )
        con.register("_listed", listed)
        con.execute("insert into _file select * from _listed")
        con.unregister("_listed")
        digest.update("".join(f"{file.path}\t{file.bytes}\n" for file in found).encode())
        n_files, n_bytes = n_files + len(found), n_bytes + sum(file.bytes for file in found)
        progress("find DICOM files", n_files, 0)
    if not n_files:
        raise SourceError("holds no DICOM files", where=located, fix="Name a folder of .dcm files, at any depth")
    return _Listing(n_files, n_bytes, digest.hexdigest(), unusable)


def _is_unchanged(load: Load, n_without_row: int) -> bool:
    """Tell whether a load would change nothing. What the file system refused may be allowed by now."""
    if not runs.is_complete(load.con, schema.loads.LoadRun, load.run_id):
        return False
    query = f"""
        select
            (select count(*) from raw.dicom_header as h where not exists (select 1 from _file as f where {_SAME})),
            (select count(*) from raw.rejected where run_id = ?),
            (select count(*) from raw.rejected where run_id = ? and code = 'not_readable')
    """
    found = load.con.execute(query, [load.run_id, load.run_id]).fetchone()
    return bool(found == (0, n_without_row, 0))


def _forget_former(load: Load) -> None:
    """Keep of earlier loads the rows of files that are still there and unchanged, as rows of this load."""
    con, run, former = load.con, load.run_id, "run_id in (select run_id from raw.load_run where source = ?)"
    con.execute(f"delete from raw.dicom_header as h where not exists (select 1 from _file as f where {_SAME})")
    con.execute("update raw.dicom_header set run_id = ? where run_id <> ?", [run, run])
    con.execute("delete from raw.rejected where source = ?", [load.source])
    con.execute(f"delete from raw.load_file where {former}", [load.source])
    con.execute(
        "delete from raw.load_run where source = ? and (run_id <> ? or status = 'complete')", [load.source, run]
    )


def _record_listing(load: Load, listing: _Listing) -> None:
    load.con.execute(
        "insert into raw.load_file (run_id, file, bytes, sha256) values (?, ?, ?, ?)",
        [load.run_id, FILES, listing.n_bytes, listing.sha256],
    )
    _reject(load, listing.unusable)


def _store(load: Load, headers: Headers) -> int:
    """Write what a batch gave; return how many files it had."""
    _reject(load, headers.rejected)
    n_read = len(headers.columns["path"]) if headers.columns else 0
    if n_read:
        types = schema.arrow_types(DicomHeader)
        arrow = pa.table({name: pa.array(values, types[name]) for name, values in headers.columns.items()})
        for name, value in (("run_id", load.run_id), ("reader_version", reader_version())):
            arrow = arrow.append_column(name, pa.array([value] * n_read))
        schema.append(load.con, DicomHeader, arrow)
    return n_read + len(headers.rejected)


def _reject(load: Load, items: list[tuple[str, str, str]]) -> None:
    """Record files that gave no row; the file is the item here, as in a source that is an archive."""
    load.reject(FILES, items)


def _keyword_columns() -> dict[str, str]:
    return {name: kind for name, kind in schema.column_types(DicomHeader).items() if name[0].isupper()}


def _count(load: Load, table: type[schema.Table]) -> int:
    found = load.con.execute(f"select count(*) from {schema.qualified(table)} where run_id = ?", [load.run_id])
    (n_rows,) = found.fetchone() or (0,)
    return int(n_rows)


def _result(load: Load, status: str, started_at: datetime) -> LoadResult:
    rows = {schema.qualified(DicomHeader): _count(load, DicomHeader)}
    seconds = (datetime.now(UTC) - started_at).total_seconds()
    return LoadResult(load.run_id, status, rows, _count(load, schema.loads.Rejected), 0, seconds)


@dataclass(frozen=True)
class DicomSource(Source):
    """A tree without a published list of files."""

    @property
    def tables(self) -> list[type[schema.Table]]:
        """Return the one table."""
        return [DicomHeader]

    def locate(self, path: Path | None, settings: Settings) -> dict[str, Path]:
        """Return the folder, or the single file."""
        return {FILES: path} if path and path.exists() else super().locate(path, settings)

    def verify(self, located: dict[str, Path]) -> list[Fingerprint]:
        """Leave the files to the load: those that cannot be read become rows of ``raw.rejected``."""
        del located
        return []

    def describe(self) -> dict[str, Any]:
        """Return what a person needs to know before loading it."""
        return super().describe() | {"files": ["*.dcm, *.dicom, *.dic, *.ima and files without a suffix, at any depth"]}


SOURCE = DicomSource(
    module=__name__,
    name="dicom",
    title="DICOM files of any tree, MIMIC-CXR's among them: what their headers say",
    licence="that of the files",
    citation="that of the files; for the format: DICOM PS3, National Electrical Manufacturers Association",
    url="https://www.dicomstandard.org/current",
    get="files of your own, or 'files' of MIMIC-CXR (physionet.org/content/mimic-cxr)",
    files=(),
    default_folder=None,
    incremental=load_tree,
    images="""
select
    "PatientID" as patient_id,
    coalesce("StudyInstanceUID", path) as study_id,
    path as image_id,
    path,
    "ViewPosition" as view_position
from raw.dicom_header
where dicom_id is null and "Rows" is not null
""",
)
