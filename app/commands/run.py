"""``cxr run``: every stage in order, resumable at any point."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app import console
from app.options import Warehouse
from warehouse.config import load_settings


def run(
    source: Annotated[
        list[str] | None,
        typer.Option(
            "--source", "-s", metavar="NAME[=PATH]",
            help="Load this data set, from PATH where it is not a public one; repeat for more.",
            show_default="every public data set",
        ),
    ] = None,
    warehouse: Warehouse = None,
) -> None:  # fmt: skip
    """Run every stage in order: load, label, score, benchmark, build, check, evaluate. Resumable at any point."""
    from app import pipeline

    chosen = [_named_path(text) for text in source] if source else [(name, None) for name in pipeline.PUBLIC_SOURCES]
    with console.progress() as progress:
        report = pipeline.run(load_settings(warehouse=warehouse), chosen, progress)
    console.table("Stages", ["stage", "outcome", "seconds"], [tuple(asdict(row).values()) for row in report.stages])
    console.say(f"Quality report: {report.report}")
    if report.is_blocked:
        raise typer.Exit(console.QUALITY_GATE)
    if report.faults:
        raise typer.Exit(1)


def _named_path(text: str) -> tuple[str, Path | None]:
    name, _, path = text.partition("=")
    return name, Path(path) if path else None
