"""How tables are declared (columns, DuckDB types, comments, grain), and those that no data set owns.

``raw`` holds the sources as published, each table in its data set's module under ``warehouse.sources``; ``nlp`` what
labelers found, ``score`` what networks said, ``annotation`` what people said, ``quality`` what the checks found. The
marts are dbt's.
"""

from __future__ import annotations

import duckdb

from warehouse.schema import annotation, loads, macros, nlp, quality, report_text, score
from warehouse.schema.base import (
    Table,
    add_column_statements,
    append,
    arrow_types,
    column_types,
    create_statements,
    declared,
    grain,
    qualified,
    sql_table,
)

SCHEMAS = ("raw", "nlp", "score", "annotation", "quality")

__all__ = [
    "RUN_TABLES", "SCHEMAS", "Table", "annotation", "append", "arrow_types", "column_types", "create_all", "grain",
    "loads", "nlp", "qualified", "quality", "score", "sql_table", "tables",
]  # fmt: skip


def tables() -> list[type[Table]]:
    """Return every table class, by schema and name."""
    from warehouse.sources import all_sources  # here: the data sets declare their tables with this package

    all_sources()
    return sorted(declared(), key=lambda table: (SCHEMAS.index(sql_table(table).schema or ""), qualified(table)))


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
    from warehouse.sources import all_views

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
    statements += [f"create or replace view {name} as {query}" for name, query in all_views().items()]
    statements += macros.statements()
    statements.append(f"create or replace view nlp.label_source_text as {report_text.LABEL_SOURCE_TEXT}")
    con.begin()
    try:
        for statement in statements:
            con.execute(statement)
        con.commit()
    except BaseException:
        con.rollback()
        raise
