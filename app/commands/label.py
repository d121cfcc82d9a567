"""``cxr label``: reports to findings, in the warehouse or from a file to a file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app import console
from app.options import FILES, AsJson, EngineOption, ReportInput, Scheme, Warehouse
from warehouse.choices import Layout
from warehouse.config import load_settings


def label(
    labeler: Annotated[str, typer.Option("--labeler", "-l", help="Labeler to run: cxr or medspacy_context.")] = "cxr",
    scheme: Scheme = "chexpert14",
    text_policy: Annotated[
        str,
        typer.Option(help="Sections to label: findings+impression, or mimic (impression, else findings, else ...)."),
    ] = "findings+impression",
    aggregation: Annotated[
        str,
        typer.Option(
            help="Which label a finding gets when one report both denies it and calls it uncertain. cxr: uncertain "
            "unless also present; chexpert: uncertain even then; negbio: absent even then."
        ),
    ] = "cxr",
    name: Annotated[
        str | None,
        typer.Option(
            help="Store the labels under this name, to keep labels made in several ways side by side.",
            show_default="the labeler's",
        ),
    ] = None,
    input_file: ReportInput = None,
    output_file: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="CSV file to write, .gz or not: study_id and the labels.",
                     rich_help_panel=FILES),
    ] = None,
    layout: Annotated[
        Layout,
        typer.Option(help="How the input looks. table: columns with names; chexpert: reports in one column without a "
                     "header, as the CheXpert labeler reads them.", rich_help_panel=FILES),
    ] = "table",
    id_column: Annotated[
        str, typer.Option(help="Column of the input that holds study ids.", rich_help_panel=FILES)
    ] = "study_id",
    text_column: Annotated[
        str, typer.Option(help="Column of the input that holds reports.", rich_help_panel=FILES)
    ] = "text",
    engine: EngineOption = "local",
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Label the warehouse's reports into nlp.*, or a file of reports with --input and --output."""
    from nlp import engines
    from nlp.engines.semantics import Semantics
    from nlp.workbench.scheme import load_scheme

    settings = load_settings(warehouse=warehouse)
    if (input_file is None) != (output_file is None):
        raise typer.BadParameter("--input and --output go together")
    labels = load_scheme(scheme)
    loaded = engines.load(labeler, lexicon=labels.lexicon, semantics=Semantics(text_policy, aggregation), name=name)
    with console.progress() as progress:
        if input_file is not None and output_file is not None:
            from nlp.labeling.files import label_file

            counts = asdict(
                label_file(
                    input_file,
                    output_file,
                    labeler=loaded,
                    scheme=labels,
                    layout=layout,
                    columns=(id_column, text_column),
                    settings=settings,
                    engine=engine,
                    progress=progress,
                )
            )
        else:
            from nlp.labeling.warehouse import label_warehouse
            from warehouse.connection import writing

            with writing(settings.warehouse, settings, create=False) as con:
                counts = asdict(label_warehouse(con, loaded, settings=settings, engine=engine, progress=progress))
    console.counts(counts, as_json)
