"""``cxr score``: probabilities of findings for reports and images, from a network of the zoo."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from app import console
from app.options import AsJson, InputFile, Warehouse
from warehouse.config import load_settings

cli = typer.Typer(help="Score reports or images with a network of the zoo.", no_args_is_help=True)


@cli.command("reports")
def reports(
    model: Annotated[
        str, typer.Option("--model", "-m", help="Network of the zoo, NAME or NAME@VERSION.")
    ] = "report_findings",
    input_file: InputFile = None,
    output_file: Annotated[
        Path | None, typer.Option("--output", "-o", help="CSV to write: study_id and a column a finding.")
    ] = None,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Score the warehouse's reports into score.report_score, or a CSV of reports with --input and --output."""
    from models import score

    settings = load_settings(warehouse=warehouse)
    if (input_file is None) != (output_file is None):
        raise typer.BadParameter("--input and --output go together")
    with console.progress() as progress:
        if input_file is not None and output_file is not None:
            from nlp.compile import default_lexicon
            from nlp.sections import counted_text

            read_text = partial(counted_text, lexicon=default_lexicon())
            counts = asdict(
                score.score_file(
                    input_file, output_file, model, settings=settings, read_text=read_text, progress=progress
                )
            )
        else:
            from warehouse.connection import writing

            with writing(settings.warehouse, settings, create=False) as con:
                counts = asdict(score.score_reports(con, model, settings=settings, progress=progress))
    console.counts(counts, as_json)
