"""The macros of a warehouse in a database that is none."""

from __future__ import annotations

import duckdb

from warehouse.schema.macros import MACROS


def create_macros(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("create schema raw")
    for name, body in MACROS.items():
        con.execute(f"create macro {name} as {body}")
