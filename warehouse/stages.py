"""What the stages over a warehouse's items share: forget what is stale, see what is pending, take up a run, store.

Such a stage has a table of its runs, a table of what is done (a row an item, with what tells that the item has
changed) and tables of results. What is done is written in one transaction with its results, so that a run that was
killed goes on where its last batch ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa

from warehouse import runs, schema
from warehouse.connection import transaction

Owner = tuple[str, str]
"""Column and value that tell whose rows they are: ``("run_id", run)``."""


def forget(
    con: duckdb.DuckDBPyConnection,
    stale: str,
    parameters: Mapping[str, Any],
    *,
    tables: Mapping[str, str],
    owner: Owner,
    run_table: type[schema.Table],
    run: str,
) -> int:
    """Remove the rows of stale items, all or nothing; the run is not complete then.

    Parameters
    ----------
    stale : str
        Query of the data set and id of each.
    parameters : mapping
        Of the query.
    tables : mapping of str to str
        Column of the item's id by table.
    owner : Owner
        Whose rows are removed.
    run_table : type of Table
    run : str

    Returns
    -------
    int
        Stale items.
    """
    column, value = owner
    with transaction(con):
        con.execute(f"create or replace temp table stale as {stale}", parameters)
        (n_stale,) = con.execute("select count(*) from stale").fetchone() or (0,)
        if n_stale:
            for table, item in tables.items():
                con.execute(f"delete from {table} where {column} = ? and (dataset, {item}) in (from stale)", [value])
            reopen(con, run_table, run)
        con.execute("drop table stale")
    return int(n_stale)


def pending(columns: str, items: str, done: str, item: str) -> str:
    """Return the query of the items that are not done.

    Parameters
    ----------
    columns : str
        To select.
    items, done : str
        Relations with the columns ``dataset`` and the item's id.
    item : str
        Column of the item's id.
    """
    return f"select {columns} from {items} as item anti join {done} as done using (dataset, {item})"


def reopen(con: duckdb.DuckDBPyConnection, run_table: type[schema.Table], run: str) -> None:
    """Note that a run which may have been complete is not any more."""
    con.execute(f"update {schema.qualified(run_table)} set status = 'running' where run_id = ?", [run])


@contextmanager
def taken_up(
    con: duckdb.DuckDBPyConnection, run_table: type[schema.Table], run: str, **columns: Any
) -> Iterator[dict[str, Any]]:
    """Record a run around a block, as `warehouse.runs.recorded`.

    A run that was complete counts as running again until the block ends.
    """
    with runs.recorded(con, run_table, run, **columns) as changes:
        reopen(con, run_table, run)
        yield changes


def store(con: duckdb.DuckDBPyConnection, batch: Mapping[type[schema.Table], pa.Table], **same: str) -> None:
    """Append a batch to its tables, all or nothing.

    Parameters
    ----------
    batch : mapping
        Rows by table.
    same : str
        Columns whose value is the same in every row.
    """
    with transaction(con):
        for table, rows in batch.items():
            whole = rows
            for name, value in same.items():
                whole = whole.append_column(name, pa.repeat(value, whole.num_rows))
            schema.append(con, table, whole)


def count(con: duckdb.DuckDBPyConnection, tables: Sequence[str], owner: Owner) -> list[int]:
    """Return how many rows of an owner each table has."""
    column, value = owner
    counts = ", ".join(f"(select count(*) from {table} where {column} = $value)" for table in tables)
    return [int(n) for n in con.execute(f"select {counts}", {"value": value}).fetchone() or ()]
