"""The one definition of every landing table: columns, DuckDB types, comments, grain.

``raw`` holds the sources as published, ``nlp`` what labelers found, ``score`` what networks said, ``annotation`` what
people said, ``quality`` what the checks found. The marts are dbt's.
"""

from __future__ import annotations

import duckdb

from warehouse.schema import annotation, macros, nlp, quality, raw, runs, score
from warehouse.schema.base import (
    Table,
    add_column_statements,
    append,
    arrow_types,
    column_types,
    create_statements,
    grain,
    qualified,
    sql_table,
)
from warehouse.schema.views import VIEWS

SCHEMAS = ("raw", "nlp", "score", "annotation", "quality")

__all__ = [
    "RUN_TABLES", "SCHEMAS", "Table", "annotation", "append", "arrow_types", "column_types", "create_all", "grain",
    "nlp", "qualified", "quality", "raw", "runs", "score", "sql_table", "tables",
]  # fmt: skip


def tables() -> list[type[Table]]:
    """Return every table class, in order of declaration."""
    return sorted(Table.__subclasses__(), key=lambda table: SCHEMAS.index(qualified(table).split(".")[0]))


RUN_TABLES = (
    "raw.load_run",
    "nlp.section_run",
    "nlp.label_run",
    "score.score_run",
    "quality.build_run",
    "quality.check_run",
)
"""In the order of the stages: what a stage reads was put there by those before it."""


def create_all(con: duckdb.DuckDBPyConnection) -> None:
    """Create the schemas, tables, columns, views and macros that are missing: all of them, or none."""
    present: dict[str, list[str]] = dict(
        con.sql(
            "select schema_name || '.' || table_name, list(column_name) from duckdb_columns() group by all"
        ).fetchall()
    )
    statements = [f"create schema if not exists {name}" for name in SCHEMAS]
    statements += [sql for table in tables() if qualified(table) not in present for sql in create_statements(table)]
    for table in tables():
        if (name := qualified(table)) in present:
            statements += add_column_statements(table, present[name])
    statements += [f"create or replace view {name} as {query}" for name, query in VIEWS.items()]
    statements += macros.statements()
    con.begin()
    try:
        for statement in statements:
            con.execute(statement)
        con.commit()
    except BaseException:
        con.rollback()
        raise
