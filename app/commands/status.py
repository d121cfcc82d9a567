"""``cxr status``: what is in a warehouse and which runs put it there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app import console
from app.options import AsJson, Warehouse
from warehouse.config import load_settings
from warehouse.sql import identifier

if TYPE_CHECKING:
    import duckdb

RUNS = """
select 'load ' || source as run, status, started_at, seconds, n_rows as items from raw.load_run
union all select 'section, ' || rules || ' rules', status, started_at, seconds, n_reports from nlp.section_run
union all select 'label ' || labeler, status, started_at, seconds, n_reports from nlp.label_run
union all select 'score ' || model || ' ' || version, status, started_at, seconds, n_items from score.score_run
union all select 'build', status, started_at, seconds, n_models from quality.build_run
union all select 'check', status, started_at, seconds, n_checks from quality.check_run
order by started_at desc
limit 20
"""


def status(warehouse: Warehouse = None, as_json: AsJson = False) -> None:
    """Show what is in the warehouse and which runs put it there."""
    state = read_status(load_settings(warehouse=warehouse).warehouse)
    if as_json:
        console.emit_json(state)
        return
    console.say(f"[bold]{state['warehouse']}[/bold], {state['megabytes']} MB")
    tables, runs = state["tables"], state["runs"]
    if isinstance(tables, dict) and isinstance(runs, list):
        console.table("", ["table", "rows"], list(tables.items()))
        console.table(
            "Latest runs", ["run", "status", "started", "seconds", "items"], [tuple(row.values()) for row in runs]
        )


def tables(con: duckdb.DuckDBPyConnection) -> list[tuple[str, int]]:
    """Return the name and the exact number of rows of every table that holds any."""
    names = con.sql(
        "select schema_name, table_name from duckdb_tables() where not internal"
        " order by list_position(['raw', 'annotation', 'nlp', 'score', 'quality'], schema_name) nulls last, 1, 2"
    ).fetchall()
    counted = [
        (f"{schema}.{name}", con.sql(f"select count(*) from {identifier(schema)}.{identifier(name)}").fetchall()[0][0])
        for schema, name in names
    ]
    return [(name, n_rows) for name, n_rows in counted if n_rows]


def read_status(path: Path) -> dict[str, object]:
    """Return size, tables with their rows and the latest runs of a warehouse."""
    from warehouse.connection import read_only

    with read_only(path) as con:
        columns = ["run", "status", "started_at", "seconds", "items"]
        return {
            "warehouse": str(path),
            "megabytes": round(path.stat().st_size / 1e6, 1),
            "tables": dict(tables(con)),
            "runs": [dict(zip(columns, row, strict=True)) for row in con.sql(RUNS).fetchall()],
        }
