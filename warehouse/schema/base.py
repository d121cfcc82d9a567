"""How tables are declared: SQLModel classes whose columns carry DuckDB types and comments.

Landing tables have no indexes: keys are declared (they are the grain, and dbt and the quality suites test them) but
not enforced by DuckDB, whose index checks would refuse a replacement inside one transaction and slow bulk loads.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any, ClassVar

import duckdb
import pyarrow as pa
from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Double,
    Float,
    Integer,
    MetaData,
    SmallInteger,
    Text,
)
from sqlalchemy import Table as SqlTable
from sqlalchemy.types import TypeEngine
from sqlmodel import Field, SQLModel

from warehouse.sql import identifier, literal

TEXT, BIGINT, INTEGER, SMALLINT, BOOLEAN = Text(), BigInteger(), Integer(), SmallInteger(), Boolean()
DOUBLE: TypeEngine[Any] = Double()
DATE, TIMESTAMP, TIMESTAMPTZ, JSON_ = Date(), DateTime(), DateTime(timezone=True), JSON()
TEXTS: TypeEngine[Any] = ARRAY(Text())
DOUBLES: TypeEngine[Any] = ARRAY(DOUBLE)
FLOATS: TypeEngine[Any] = ARRAY(Float())

# DuckDB's own names for the types above.
_DUCKDB_TYPES = {
    "TEXT": "VARCHAR",
    "DATETIME": "TIMESTAMP",
    "BIGINT": "BIGINT",
    "INTEGER": "INTEGER",
    "SMALLINT": "SMALLINT",
    "BOOLEAN": "BOOLEAN",
    "DOUBLE": "DOUBLE",
    "FLOAT": "FLOAT",
    "DATE": "DATE",
    "JSON": "JSON",
}


class Table(SQLModel):
    """Base of every table; the class docstring is the table's comment."""

    metadata = MetaData()


def column(sql_type: TypeEngine[Any], comment: str, name: str | None = None) -> Any:
    """Declare a column that may be null; ``name`` is the published name where it is no Python name."""
    return _field(sql_type, comment, name, default=None, nullable=True)


def key(sql_type: TypeEngine[Any], comment: str, name: str | None = None) -> Any:
    """Declare a column of the table's grain; never null."""
    return _field(sql_type, comment, name, primary_key=True)


def required(sql_type: TypeEngine[Any], comment: str) -> Any:
    """Declare a column that is never null."""
    return _field(sql_type, comment, None, nullable=False)


def _field(sql_type: Any, comment: str, name: str | None, **more: Any) -> Any:
    """Declare a column by its parts, so that each table that inherits it makes a column of its own."""
    kwargs = {"comment": comment, "autoincrement": False} | ({"name": name} if name else {})
    return Field(sa_type=sql_type, sa_column_kwargs=kwargs, **more)


class OfRun(Table):
    """Base of the tables whose rows a run wrote."""

    run_id: str = required(TEXT, "run that wrote the row")


class Landed(OfRun):
    """Base of the landing tables whose rows come from a file of a data set."""

    __table_args__: ClassVar[Any] = {"schema": "raw"}
    source_file: str = required(TEXT, "file that the row came from")


class LandedFolder(Landed):
    """Base of the landing tables whose rows are the files of a folder."""

    source_file: str = required(TEXT, "folder that the row came from")


def declared(base: type[Table] = Table) -> list[type[Table]]:
    """Return the classes of tables that have been declared so far; bases of tables are none themselves."""
    below = [found for table in base.__subclasses__() for found in declared(table)]
    return ([base] if hasattr(base, "__table__") else []) + below


def sql_table(table: type[Table]) -> SqlTable:
    """Return the SQLAlchemy table behind a class."""
    return table.__table__  # type: ignore[attr-defined,no-any-return]


def qualified(table: type[Table]) -> str:
    """Return ``schema.table``."""
    return sql_table(table).fullname


def column_types(table: type[Table]) -> dict[str, str]:
    """Return DuckDB type by column name, in order."""
    return {c.name: _duckdb_type(c.type) for c in sql_table(table).columns}


_ARROW_TYPES = {
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "DOUBLE": pa.float64(),
    "DOUBLE[]": pa.list_(pa.float64()),
    "FLOAT[]": pa.list_(pa.float32()),
    "INTEGER": pa.int32(),
    "JSON": pa.string(),
    "SMALLINT": pa.int16(),
    "TIMESTAMP": pa.timestamp("us"),
    "TIMESTAMP WITH TIME ZONE": pa.timestamp("us", "UTC"),
    "VARCHAR": pa.string(),
    "VARCHAR[]": pa.list_(pa.string()),
}


def arrow_types(table: type[Table]) -> dict[str, pa.DataType]:
    """Return Arrow type by column name, in order."""
    return {name: _ARROW_TYPES[kind] for name, kind in column_types(table).items()}


def grain(table: type[Table]) -> list[str]:
    """Return the names of the columns that identify a row."""
    return [c.name for c in sql_table(table).primary_key.columns]


def _duckdb_type(sql_type: TypeEngine[Any]) -> str:
    if isinstance(sql_type, ARRAY):
        return _duckdb_type(sql_type.item_type) + "[]"
    if isinstance(sql_type, DateTime) and sql_type.timezone:
        return "TIMESTAMP WITH TIME ZONE"
    return _DUCKDB_TYPES[str(sql_type).upper()]


def create_statements(table: type[Table]) -> list[str]:
    """Return the statements that create a table with its comments, if it is not there."""
    name, columns = qualified(table), sql_table(table).columns
    lines = [f"{identifier(c.name)} {_duckdb_type(c.type)}{'' if c.nullable else ' not null'}" for c in columns]
    body = ",\n  ".join(lines)
    comments = [f"comment on table {name} is {literal(' '.join((table.__doc__ or '').split()))}"]
    comments += [_column_comment(name, c) for c in columns]
    return [f"create table if not exists {name} (\n  {body}\n)", *comments]


def add_column_statements(table: type[Table], present: Container[str]) -> list[str]:
    """Return the statements that give a table of an earlier version the columns that it lacks, empty."""
    name = qualified(table)
    missing = [c for c in sql_table(table).columns if c.name not in present]
    statements = [f"alter table {name} add column {identifier(c.name)} {_duckdb_type(c.type)}" for c in missing]
    return statements + [_column_comment(name, c) for c in missing]


def _column_comment(table: str, column: Any) -> str:
    return f"comment on column {table}.{identifier(column.name)} is {literal(column.comment or '')}"


def append(
    con: duckdb.DuckDBPyConnection, table: type[Table], rows: pa.Table | pa.RecordBatch | pa.RecordBatchReader
) -> None:
    """Append Arrow rows to a table, columns matched by name."""
    con.register("_arriving", rows)
    try:
        con.execute(f"insert into {qualified(table)} by name select * from _arriving")
    finally:
        con.unregister("_arriving")
