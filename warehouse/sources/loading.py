"""Load a source into the warehouse in one transaction: all of it, or nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import duckdb

from warehouse import findings, runs, schema
from warehouse.config import Settings
from warehouse.sources.base import Fingerprint, Load, Progress, Source, fingerprint_all


@dataclass(frozen=True)
class LoadResult:
    """What a load did.

    Attributes
    ----------
    run_id : str
        Hash of the source, its files' contents and the loader's code.
    status : str
        ``loaded``, or ``unchanged`` when these very files are already in the warehouse.
    rows : dict
        Rows of the source by table.
    n_rejected, n_odd : int
        Items that could not become rows; values that did not fit their column.
    seconds : float
    missing : list of str
        Optional files that are not there.
    """

    run_id: str
    status: str
    rows: dict[str, int]
    n_rejected: int
    n_odd: int
    seconds: float
    missing: list[str] = field(default_factory=list)


@cache
def loader_version() -> str:
    """Return a hash of everything beside the files that determines the rows: loaders, table definitions, crosswalk."""
    here = Path(__file__).resolve().parent
    code = [
        *sorted(here.glob("*.py")),
        *sorted((here.parent / "schema").glob("raw*.py")),
        findings.SEEDS / "mesh_finding.csv",
    ]
    return hashlib.sha256("".join(runs.fingerprint(path) for path in code).encode()).hexdigest()


def load_source(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    path: Path | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> LoadResult:
    """Load a source; the rows of an earlier load of it are replaced.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A warehouse open for writing.
    path : Path, optional
        Folder of the release; default: where the source is found by itself.

    Raises
    ------
    SourceError
        Files are missing, damaged or not of the published form. The warehouse is as before.
    """
    if source.incremental is not None:
        result: LoadResult = source.incremental(con, source, path, settings or Settings(), progress or _silent)
        return result
    started_at = datetime.now(UTC)
    located = source.locate(path, settings or Settings())
    missing = [file.name for file in source.files if file.name not in located]
    fingerprints = fingerprint_all(source.files, located)
    run = runs.run_id(source.name, loader_version(), *(f"{f.file}:{f.sha256}" for f in fingerprints))
    if runs.is_complete(con, schema.runs.LoadRun, run):
        return _unchanged(con, source, run, started_at, missing)
    source.verify(located)
    load = Load(con, source.name, run, progress or _silent)
    con.begin()
    try:
        _delete_former(con, source)
        source.load(load, located)
        _record(load, located, fingerprints, started_at)
        con.commit()
    except BaseException:
        con.rollback()
        raise
    return LoadResult(run, "loaded", dict(load.rows), load.n_rejected, load.n_odd, _since(started_at), missing)


def _silent(step: str, done: int, total: int) -> None:
    del step, done, total


def _since(started_at: datetime) -> float:
    return (datetime.now(UTC) - started_at).total_seconds()


def _first(located: dict[str, Path]) -> Path:
    return next(iter(located.values()))


def _unchanged(
    con: duckdb.DuckDBPyConnection, source: Source, run: str, started_at: datetime, missing: list[str]
) -> LoadResult:
    def count(table: type[schema.Table], what: str = "count(*)") -> int:
        row = con.execute(f"select {what} from {schema.qualified(table)} where run_id = ?", [run]).fetchone()
        return int(row[0]) if row else 0

    rows = {schema.qualified(table): count(table) for table in source.tables}
    n_odd = count(schema.runs.OddValue, "coalesce(sum(n_rows), 0)")
    rows = {name: n for name, n in rows.items() if n}
    return LoadResult(run, "unchanged", rows, count(schema.runs.Rejected), n_odd, _since(started_at), missing)


def _delete_former(con: duckdb.DuckDBPyConnection, source: Source) -> None:
    """Delete every row of the source's earlier loads, their records too: raw.load_run says what is in the warehouse."""
    former = con.execute("select run_id from raw.load_run where source = ?", [source.name]).fetchall()
    own: list[type[schema.Table]] = [
        schema.runs.LoadFile,
        schema.runs.Rejected,
        schema.runs.OddValue,
        schema.runs.LoadRun,
    ]
    for (run,) in former:
        for table in (*source.tables, *own):
            con.execute(f"delete from {schema.qualified(table)} where run_id = ?", [run])


def _record(load: Load, located: dict[str, Path], fingerprints: list[Fingerprint], started_at: datetime) -> None:
    load.con.executemany(
        "insert into raw.load_file (run_id, file, bytes, sha256) values (?, ?, ?, ?)",
        [[load.run_id, f.file, f.bytes, f.sha256] for f in fingerprints],
    )
    record = {
        "run_id": load.run_id,
        "source": load.source,
        "location": str(_first(located).parent),
        "product_version": runs.product_version(),
        "status": "complete",
        "started_at": started_at,
        "finished_at": datetime.now(UTC),
        "seconds": _since(started_at),
        "n_rows": sum(load.rows.values()),
        "n_rejected": load.n_rejected,
    }
    marks = ", ".join("?" for _ in record)
    load.con.execute(f"insert into raw.load_run ({', '.join(record)}) values ({marks})", list(record.values()))
