"""Run records and fingerprints: what was done, with which inputs and versions, and what need not be done again.

A run's id is a hash of what determines its result (inputs, versions, parameters), so that the same work has the
same id on every machine, a finished run is recognised, and an interrupted one is taken up where it stopped.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from warehouse import schema


def product_version() -> str:
    """Return the version of this package."""
    return version("cxr-warehouse")


def fingerprint(path: Path) -> str:
    """Return the sha256 (hex) of a file's bytes, read in blocks of 1 MiB."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def run_id(*determinants: str) -> str:
    """Return 16 hex digits that stand for everything that determines a run's result."""
    return hashlib.sha256("\x1f".join(determinants).encode()).hexdigest()[:16]


def is_complete(con: duckdb.DuckDBPyConnection, table: type[schema.Table], run: str) -> bool:
    """Tell whether this very run was finished before."""
    name = schema.qualified(table)
    return con.execute(f"select 1 from {name} where run_id = ? and status = 'complete'", [run]).fetchone() is not None


def history(con: duckdb.DuckDBPyConnection, *, before: type[schema.Table]) -> str:
    """Return a text that changes whenever a stage before the one of this run table has changed its tables."""
    stages = schema.RUN_TABLES[: schema.RUN_TABLES.index(schema.qualified(before))]
    union = " union all ".join(f"select run_id, status, finished_at from {table}" for table in stages)
    rows = con.sql(f"select run_id, status, epoch_us(finished_at) from ({union}) order by all").fetchall()
    return repr(rows)


@dataclass(frozen=True)
class Attempt:
    """A run that has been started; `finish` ends it."""

    table: type[schema.Table]
    run: str
    seconds_before: float
    """Spent on earlier attempts."""
    clock: float


def start(con: duckdb.DuckDBPyConnection, table: type[schema.Table], run: str, **columns: Any) -> Attempt:
    """Record that a run has started: a row with status 'running'.

    A run that is killed keeps that row; taking it up again keeps its first ``started_at`` and adds the seconds.
    """
    name = schema.qualified(table)
    before = con.execute(f"select seconds from {name} where run_id = ?", [run]).fetchone()
    if before is None:
        row = {"run_id": run, "status": "running", "started_at": datetime.now(UTC), "seconds": 0.0}
        row |= {"product_version": product_version()} | columns
        marks = ", ".join("?" for _ in row)
        con.execute(f"insert into {name} ({', '.join(row)}) values ({marks})", list(row.values()))
    return Attempt(table, run, before[0] if before else 0.0, time.perf_counter())


def finish(con: duckdb.DuckDBPyConnection, attempt: Attempt, **columns: Any) -> None:
    """Record that a run is complete: status, end, seconds and other columns."""
    seconds = attempt.seconds_before + time.perf_counter() - attempt.clock
    changes = columns | {"status": "complete", "finished_at": datetime.now(UTC), "seconds": seconds}
    sets = ", ".join(f"{column} = ?" for column in changes)
    con.execute(
        f"update {schema.qualified(attempt.table)} set {sets} where run_id = ?", [*changes.values(), attempt.run]
    )


@contextmanager
def recorded(
    con: duckdb.DuckDBPyConnection, table: type[schema.Table], run: str, **columns: Any
) -> Iterator[dict[str, Any]]:
    """Record a run around a block: `start`, and at its end `finish` with what was put into the yielded dict."""
    attempt = start(con, table, run, **columns)
    changes: dict[str, Any] = {}
    yield changes
    finish(con, attempt, **changes)
