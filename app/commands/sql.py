"""``cxr sql``: one query, read-only, printed as a table, CSV or JSON."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app import console
from app.options import Warehouse
from warehouse.choices import TableFormat
from warehouse.config import load_settings
from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    import duckdb

# A table on the screen is for reading; csv and json stream everything.
SCREEN_ROWS = 200


def sql(
    text: Annotated[str, typer.Argument(metavar="QUERY", help="One query; '-' reads it from standard input.")],
    output_format: Annotated[
        TableFormat,
        typer.Option("--format", help=f"Print a table (the first {SCREEN_ROWS} rows), or all rows as CSV or JSON."),
    ] = "table",
    warehouse: Warehouse = None,
) -> None:
    """Query the warehouse, read-only. Queries may call cxr_label(text) and cxr_mentions(text)."""
    query = sys.stdin.read() if text == "-" else text
    run(load_settings(warehouse=warehouse).warehouse, query, output_format)


def run(path: Path, query: str, output_format: TableFormat) -> None:
    """Run a query on the warehouse and print its rows; it may call ``cxr_label`` and ``cxr_mentions``.

    Raises
    ------
    WarehouseError
        The query is not valid, or wants to write or to read files.
    """
    import duckdb

    from warehouse.connection import untrusted

    with untrusted(path) as con:
        try:
            result = _execute(con, query)
            columns = [column[0] for column in result.description or []]
            if output_format == "table":
                _print_table(result, columns)
            elif output_format == "csv":
                _write_csv(result, columns)
            else:
                _write_json(result, columns)
        except duckdb.Error as error:
            first = str(error).splitlines()[0]
            raise WarehouseError(
                f"the query failed: {first}", fix="'cxr sql \"show all tables\"' lists what there is"
            ) from None


def _execute(con: duckdb.DuckDBPyConnection, query: str) -> duckdb.DuckDBPyConnection:
    """Run a query; the labeler's functions are added when it needs them, since pyarrow takes long to import."""
    import duckdb

    try:
        return con.execute(query)
    except duckdb.CatalogException as error:
        if "cxr_" not in str(error):
            raise
    from nlp import udf

    udf.register_functions(con)
    return con.execute(query)


def _print_table(result: duckdb.DuckDBPyConnection, columns: list[str]) -> None:
    rows = result.fetchmany(SCREEN_ROWS + 1)
    console.table("", columns, rows[:SCREEN_ROWS])
    if len(rows) > SCREEN_ROWS:
        console.say(f"Only the first {SCREEN_ROWS} rows are shown; add a limit, or use --format csv for all.")


def _write_csv(result: duckdb.DuckDBPyConnection, columns: list[str]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    while rows := result.fetchmany(10_000):
        writer.writerows(rows)


def _write_json(result: duckdb.DuckDBPyConnection, columns: list[str]) -> None:
    sys.stdout.write("[")
    separator = "\n"
    while rows := result.fetchmany(10_000):
        for row in rows:
            sys.stdout.write(
                separator + json.dumps(dict(zip(columns, row, strict=True)), default=str, ensure_ascii=False)
            )
            separator = ",\n"
    sys.stdout.write("\n]\n")
