"""``cxr build``: the dbt project."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app import console
from app.options import AsJson, Warehouse
from warehouse.config import load_settings


def build(
    select: Annotated[
        str | None,
        typer.Option(help="Build only this dbt selection, e.g. 'labeler_benchmark+'.", show_default="everything"),
    ] = None,
    mimic_iv: Annotated[
        Path | None,
        typer.Option("--mimic-iv", help="Load MIMIC-IV first, a folder or a DuckDB file, to link MIMIC-CXR's studies."),
    ] = None,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Build staging, intermediate and marts with dbt, and run their tests."""
    from app import dbt

    settings = load_settings(warehouse=warehouse)
    with console.progress() as progress:
        if mimic_iv:
            dbt.load_mimic_iv(settings, mimic_iv, progress)
        result = dbt.build(settings, select=select, progress=progress)
    console.counts(asdict(result), as_json)
    if mimic_iv and not as_json:
        links = dbt.encounter_links(settings)
        console.table("Studies linked with MIMIC-IV", ["link", "studies", "patients"], links)
        if {link for link, *_ in links} == {"no_patient"}:
            console.say("No patient of MIMIC-CXR is in it: the ids of MIMIC-III, and of its demo, never match.")
