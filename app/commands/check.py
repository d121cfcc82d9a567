"""``cxr check``: the quality suites and their page."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from app import console
from app.options import AsJson, Warehouse
from warehouse.config import load_settings


def check(
    suite: Annotated[
        list[str] | None,
        typer.Option(metavar="TABLE", help="Run only the suite of this table; repeat for more.", show_default="all"),
    ] = None,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Run the quality suites and write the report page; exit code 3 when a blocking check fails."""
    from quality.page import write_report
    from quality.run import run_checks
    from warehouse.connection import writing

    settings = load_settings(warehouse=warehouse)
    with console.progress() as progress, writing(settings.warehouse, settings, create=False) as con:
        result = run_checks(con, settings, suites=suite, progress=progress)
        page = write_report(con, settings)
    if as_json:
        console.emit_json(asdict(result) | {"report": str(page)})
    else:
        if result.failed:
            rows = [(failed.table, failed.check, failed.difference or failed.what) for failed in result.failed]
            console.table("Blocking checks that failed", ["table", "check", "difference"], rows)
        console.say(f"{result.summary}\nReport: {page}")
    if result.is_blocking:
        raise typer.Exit(console.QUALITY_GATE)
