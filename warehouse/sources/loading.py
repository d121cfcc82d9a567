"""Load a source into the warehouse in one transaction: every file that can be read, and a record of the others."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import duckdb

from warehouse import findings, runs, schema
from warehouse.config import Settings, load_settings
from warehouse.progress import Progress, silent
from warehouse.sources.base import File, Load, Source
from warehouse.sources.reading.faults import FileError
from warehouse.sources.reading.fingerprints import Fingerprint
from warehouse.sources.version import code_version


@dataclass(frozen=True)
class LoadResult:
    """What a load did.

    Attributes
    ----------
    run_id : str
        Hash of the source, its files' contents and the loader's code.
    status : str
        ``loaded``; ``partial`` when some files could not be; ``unchanged`` when these very files were loaded before.
    rows : dict
        Rows of the source by table.
    n_rejected, n_odd : int
        Items that could not become rows; values that did not fit their column.
    seconds : float
    missing : list of str
        Optional files that are not there.
    faults : list of str
        Files that could not be loaded, each with what is wrong with it and what to do.
    fingerprints : list of Fingerprint
        The files as they were read.
    """

    run_id: str
    status: str
    rows: dict[str, int]
    n_rejected: int
    n_odd: int
    seconds: float
    missing: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    fingerprints: list[Fingerprint] = field(default_factory=list)


@cache
def loader_version(module: str, seeds: tuple[str, ...] = ()) -> str:
    """Return a hash of what determines a source's rows beside its files: its module, those it imports, its seeds."""
    return code_version(module, data=tuple(findings.SEEDS / f"{seed}.csv" for seed in seeds))


def load_source(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    path: Path | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> LoadResult:
    """Load a source; the rows of an earlier load of it are replaced.

    A file that cannot be loaded (damaged, or not of the published form) becomes a row of raw.rejected, and the others
    are loaded without it: the run is ``partial``. Rows that an earlier load has of such a file stay.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A warehouse open for writing.
    path : Path, optional
        Folder of the release or one above it; default: where the source is found by itself.

    Raises
    ------
    SourceError
        Required files are missing, or no file can be loaded. The warehouse is as before.
    """
    if source.incremental is not None:
        with _in_order(con):
            result: LoadResult = source.incremental(con, source, path, settings or load_settings(), progress or silent)
        return result
    started_at = datetime.now(UTC)
    located = source.locate(path, settings or load_settings())
    missing = [file.name for file in source.files if file.name not in located]
    fingerprints = source.verify(located)
    version = loader_version(source.module, source.seeds)
    run = runs.run_id(source.name, version, *(f"{f.file}:{f.sha256}" for f in fingerprints))
    # A partial run is done, too: the same bytes would fail in the same way, and a repaired file has another hash.
    if con.execute("select 1 from raw.load_run where run_id = ?", [run]).fetchone():
        return _unchanged(con, source, run, started_at, missing, fingerprints)
    faults: dict[str, FileError] = {}
    is_loaded = False
    with _in_order(con):
        while not is_loaded:
            load = Load(con, source.name, run, progress or silent)
            con.begin()
            try:
                _replace_former(load, source, faults)
                source.load(load, located, without=faults)
                _record(load, located, [f for f in fingerprints if f.file not in faults], faults, started_at)
                con.commit()
                is_loaded = True
            except FileError as fault:
                # A transaction that failed cannot go on: the next one leaves the file out.
                con.rollback()
                faults[fault.file] = fault
                if faults.keys() == located.keys():
                    raise next(iter(faults.values())) from None
            except BaseException:
                con.rollback()
                raise
    status, said = ("partial" if faults else "loaded"), [str(fault) for fault in faults.values()]
    return LoadResult(
        run, status, dict(load.rows), load.n_rejected, load.n_odd, _since(started_at), missing, said, fingerprints
    )


@contextmanager
def _in_order(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Have DuckDB keep the order of rows, with one thread: more threads spend what they save on keeping it."""
    kept = con.execute("select current_setting('preserve_insertion_order'), current_setting('threads')").fetchone()
    con.execute("set preserve_insertion_order = true")
    con.execute("set threads = 1")
    try:
        yield
    finally:
        order, threads = kept or (False, 1)
        con.execute(f"set preserve_insertion_order = {bool(order)}")
        con.execute(f"set threads = {threads}")


def _since(started_at: datetime) -> float:
    return (datetime.now(UTC) - started_at).total_seconds()


def _first(located: dict[str, Path]) -> Path:
    return next(iter(located.values()))


def _unchanged(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    run: str,
    started_at: datetime,
    missing: list[str],
    fingerprints: list[Fingerprint],
) -> LoadResult:
    def count(table: type[schema.Table], what: str = "count(*)") -> int:
        row = con.execute(f"select {what} from {schema.qualified(table)} where run_id = ?", [run]).fetchone()
        return int(row[0]) if row else 0

    rows = {schema.qualified(table): count(table) for table in source.tables}
    n_odd = count(schema.loads.OddValue, "coalesce(sum(n_rows), 0)")
    rows = {name: n for name, n in rows.items() if n}
    faults = con.execute(
        "select file || ': ' || message from raw.rejected where run_id = ? and code = ? order by 1", [run, _FAULT]
    ).fetchall()
    n_rejected, said = count(schema.loads.Rejected), [text for (text,) in faults]
    return LoadResult(run, "unchanged", rows, n_rejected, n_odd, _since(started_at), missing, said, fingerprints)


_FAULT = "unreadable_file"
_OWN: tuple[type[schema.Table], ...] = (
    schema.loads.LoadFile,
    schema.loads.Rejected,
    schema.loads.OddValue,
    schema.loads.LoadRun,
)


def _replace_former(load: Load, source: Source, faults: Container[str]) -> None:
    """Delete the rows of the source's earlier loads, their records too: raw.load_run says what is in the warehouse.

    What an earlier load read from a file that cannot be read now passes to this load.
    """
    former = load.con.execute("select run_id from raw.load_run where source = ?", [source.name]).fetchall()
    for (run,) in former:
        for file in source.files:
            if file.name in faults:
                _keep(load, file, run)
        for table in (*source.tables, *_OWN):
            load.con.execute(f"delete from {schema.qualified(table)} where run_id = ?", [run])


def _keep(load: Load, file: File, former: str) -> None:
    kept: list[type[schema.Table]] = [*file.tables, schema.loads.LoadFile, schema.loads.Rejected]
    for table in kept:
        names = schema.column_types(table)
        own = next((f"{name} = ?" for name in ("source_file", "file") if name in names), "? is not null")
        load.con.execute(
            f"update {schema.qualified(table)} set run_id = ? where run_id = ? and {own}",
            [load.run_id, former, file.name],
        )
    names_of_tables = [schema.qualified(table) for table in file.tables]
    load.con.execute(
        "update raw.odd_value set run_id = ? where run_id = ? and list_contains(?, table_name)",
        [load.run_id, former, names_of_tables],
    )


def _record(
    load: Load,
    located: dict[str, Path],
    fingerprints: list[Fingerprint],
    faults: Mapping[str, FileError],
    started_at: datetime,
) -> None:
    for name, fault in faults.items():
        load.reject(name, [("whole file", _FAULT, f"{fault.what}. {fault.fix}" if fault.fix else fault.what)])
    if fingerprints:
        load.con.executemany(
            "insert into raw.load_file (run_id, file, bytes, sha256) values (?, ?, ?, ?)",
            [[load.run_id, f.file, f.bytes, f.sha256] for f in fingerprints],
        )
    record = {
        "run_id": load.run_id,
        "source": load.source,
        "location": str(_first(located).parent),
        "product_version": runs.product_version(),
        "status": "partial" if faults else "complete",
        "started_at": started_at,
        "finished_at": datetime.now(UTC),
        "seconds": _since(started_at),
        "n_rows": sum(load.rows.values()),
        "n_rejected": load.n_rejected,
    }
    marks = ", ".join("?" for _ in record)
    load.con.execute(f"insert into raw.load_run ({', '.join(record)}) values ({marks})", list(record.values()))
