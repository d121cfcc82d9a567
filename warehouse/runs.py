"""Run records and fingerprints: what was done, with which inputs and versions, and what need not be done again.

A run's id is a hash of what determines its result (inputs, versions, parameters), so that the same work has the
same id on every machine, a finished run is recognised, and an interrupted one is taken up where it stopped.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def recorded(
    con: duckdb.DuckDBPyConnection, table: type[schema.Table], run: str, **columns: Any
) -> Iterator[dict[str, Any]]:
    """Record a run around a block: a row with status 'running', and with 'complete', counts and seconds at its end.

    Columns assigned to the yielded dict are stored at the end. A run that is killed keeps its 'running' row; taking
    it up again keeps its first ``started_at`` and adds the seconds.
    """
    name = schema.qualified(table)
    before = con.execute(f"select started_at, seconds from {name} where run_id = ?", [run]).fetchone()
    started_at, seconds = before or (datetime.now(UTC), 0.0)
    clock = time.perf_counter()
    row = {"run_id": run, "status": "running", "started_at": started_at, "product_version": product_version()}
    row |= {"seconds": seconds} | columns
    if before is None:
        marks = ", ".join("?" for _ in row)
        con.execute(f"insert into {name} ({', '.join(row)}) values ({marks})", list(row.values()))
    changes: dict[str, Any] = {}
    yield changes
    changes |= {
        "status": "complete",
        "finished_at": datetime.now(UTC),
        "seconds": seconds + time.perf_counter() - clock,
    }
    sets = ", ".join(f"{column} = ?" for column in changes)
    con.execute(f"update {name} set {sets} where run_id = ?", [*changes.values(), run])
