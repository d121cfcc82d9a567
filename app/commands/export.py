"""``cxr export``: what the warehouse holds, written for other tools."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from app import console
from app.options import (
    OPENI,
    AsJson,
    Datasets,
    Labeler,
    Policy,
    SchemeFindings,
    SectionRules,
    SplitOption,
    Studies,
    StudyList,
    TextOption,
    TrainingDatasets,
    TrainingLabeler,
    ViewOption,
    Warehouse,
)
from warehouse.choices import LabelFormat
from warehouse.config import load_settings
from warehouse.names import dataset_of

cli = typer.Typer(help="Write what the warehouse holds for other tools.", no_args_is_help=True)

Target = Annotated[Path, typer.Argument(help="Folder to make.")]


@cli.command("labels")
def labels(
    target: Target,
    output_format: Annotated[
        LabelFormat,
        typer.Option(
            "--format",
            help="Write standoff annotations for brat, tasks for Label Studio, or OMOP's table NOTE_NLP.",
        ),
    ],
    labeler: Labeler = "cxr",
    dataset: Datasets = None,
    study: Studies = None,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Write what a labeler's latest run found, every mention with its place in the text.

    The files hold the text of the reports. If your data use agreement covers the reports, it covers these files: keep
    them on the machine, out of repositories and hosted tools.
    """
    from nlp.exchange.label_folders import export_labels
    from warehouse.connection import read_only

    settings = load_settings(warehouse=warehouse)
    with console.progress() as progress, read_only(settings.warehouse, settings) as con:
        result = export_labels(
            con, output_format, target, labeler=labeler, datasets=dataset or (), studies=study or (), progress=progress
        )
    console.counts(asdict(result), as_json)


@cli.command("sectioned")
def sectioned(
    target: Target,
    rules: SectionRules = "official",
    dataset: Annotated[
        str,
        typer.Option("--dataset", "-d", metavar="NAME", parser=dataset_of, help="Write the reports of this data set."),
    ] = "mimic-cxr",
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Write mimic_cxr_sectioned.csv and mimic_cxr_sections.csv in the layout of the MIMIC-CXR code repository.

    Needs 'cxr section' with the same --rules. The files hold the text of the reports. If your data use agreement covers
    the reports, it covers these files: keep them on the machine, out of repositories and hosted tools.
    """
    from nlp.exchange.sectioned_files import export_sectioned
    from warehouse.connection import read_only

    settings = load_settings(warehouse=warehouse)
    with console.progress() as progress, read_only(settings.warehouse, settings) as con:
        result = export_sectioned(con, target, rules=rules, dataset=dataset, progress=progress)
    console.counts(asdict(result), as_json)
    console.err().print("The files hold report text: your data use agreement covers them.")


@cli.command("training-set")
def training_set(
    target: Target,
    of: Annotated[Literal["images", "reports"], typer.Option(help="Write images or reports as items.")] = "images",
    dataset: TrainingDatasets = OPENI,
    labeler: TrainingLabeler = "cxr",
    policy: Policy = "u_ignore",
    finding: SchemeFindings = None,
    view: ViewOption = "frontal",
    text: TextOption = "findings+impression",
    split: SplitOption = "patient",
    studies: StudyList = None,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Write a training set: rows and targets as Arrow, and a card with the query and counts by split and finding.

    Without --finding it has every finding that the labeler gives. A patient in two splits is an error. Needs a
    warehouse that 'cxr build' has built. Rows of reports hold their text: keep them where the reports may be.
    """
    from models.training import set_card, sets
    from models.training.sets import make_training_set
    from warehouse.connection import read_only
    from warehouse.splits import SPLITS

    settings = load_settings(warehouse=warehouse)
    chosen = make_training_set(
        "image" if of == "images" else "report", dataset or (), labeler, findings=finding or (), policy=policy,
        view=view, text=text, split=split, studies=studies,
    )  # fmt: skip
    with read_only(settings.warehouse, settings) as con:
        items = sets.read(con, chosen)
    set_card.write(items, chosen, target)
    counts = {f"n_{name}": items.of_split(name).rows.num_rows for name in SPLITS}
    console.counts(counts | {"n_patients": items.n_patients, "n_findings": len(items.findings)}, as_json)
    if of == "reports":
        console.err().print("The rows hold report text: your data use agreement covers them.")


@cli.command("parquet")
def parquet(target: Target, warehouse: Warehouse = None, as_json: AsJson = False) -> None:
    """Write every table of raw, annotation, nlp, score and quality as Parquet; 'cxr load parquet' restores them.

    A warehouse in this form outlives changes of DuckDB's file format. The files hold the text of the reports: keep
    them where the reports themselves may be.
    """
    from warehouse.connection import read_only
    from warehouse.parquet import export_parquet

    settings = load_settings(warehouse=warehouse)
    with console.progress() as progress, read_only(settings.warehouse, settings) as con:
        result = export_parquet(con, target, progress)
    if as_json:
        console.emit_json(asdict(result))
        return
    console.table(f"{target}: {result.n_files:,} files", ["table", "rows"], list(result.rows.items()))
    console.say("The files hold the text of the reports: keep them where the reports may be, out of repositories.")
