"""The reports of a warehouse as the stages read them: which ones, what is left to do, in batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow as pa

from warehouse import schema, stages
from warehouse.errors import WarehouseError

BATCH_SIZE = 1000
"""Reports a transaction."""

REPORTS = """(
    select dataset, study_id, coalesce(text, '') as text, raw.text_hash(coalesce(text, '')) as text_hash
    from raw.report where language = 'en'
)"""
"""The reports that are read, as a relation."""


def require_reports(con: duckdb.DuckDBPyConnection, purpose: str) -> None:
    """Raise an error if the warehouse holds no English report.

    Raises
    ------
    WarehouseError
    """
    views = con.execute("select 1 from information_schema.tables where table_schema = 'raw' and table_name = 'report'")
    if not views.fetchone() or not con.execute(f"select 1 from {REPORTS} limit 1").fetchone():
        raise WarehouseError(
            f"there are no English reports to {purpose}",
            where="raw.report",
            fix="Load some first, e.g. 'cxr load openi'",
        )


def pending(done: str, columns: str) -> str:
    """Return the query of the reports that run ``?`` has no row for in the table ``done``."""
    return stages.pending(columns, REPORTS, f"(select dataset, study_id from {done} where run_id = ?)", "study_id")


def count_pending(con: duckdb.DuckDBPyConnection, done: str, run: str) -> int:
    """Return the number of reports that a run has not done."""
    row = con.execute(pending(done, "count(*)"), [run]).fetchone()
    return int(row[0]) if row else 0


def read_pending(con: duckdb.DuckDBPyConnection, done: str, run: str, batch_size: int) -> Iterator[pa.RecordBatch]:
    """Yield the reports that a run has not done: dataset, study_id, text, text_hash."""
    # A cursor keeps its own snapshot, so that it can be read while the batches are stored.
    with con.cursor() as cursor:
        rows = cursor.execute(pending(done, "dataset, study_id, text, text_hash"), [run])
        yield from rows.to_arrow_reader(batch_size)


def to_arrow(table: type[schema.Table], names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> pa.Table:
    """Return rows with the types of a table's columns."""
    types = schema.arrow_types(table)
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    arrays = [pa.array(values, types[name]) for name, values in zip(names, columns, strict=True)]
    return pa.Table.from_arrays(arrays, names=list(names))
