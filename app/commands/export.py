"""``cxr export``: what the warehouse holds, written for other tools."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from app import console
from app.options import AsJson, Warehouse
from nlp.exchange.label_folders import Format
from nlp.labeling.sections import Rules
from warehouse.config import load_settings

cli = typer.Typer(help="Write what the warehouse holds for other tools.", no_args_is_help=True)

Target = Annotated[Path, typer.Argument(help="Folder to make.")]
Dataset = Annotated[str | None, typer.Option(help="Only the reports of this data set.")]
Studies = Annotated[list[str] | None, typer.Option("--study", help="Only this study's report; repeat for more.")]
LabelerName = Annotated[str, typer.Option("--labeler", "-l", help="Labeler whose latest run is written.")]


@cli.command("brat")
def brat(
    target: Target,
    dataset: Dataset = None,
    study: Studies = None,
    labeler: LabelerName = "cxr",
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Write labeled reports as brat's standoff annotations.

    The files hold the text of the reports. If your data use agreement covers the reports, it covers these files: keep
    them on the machine, out of repositories and hosted tools.
    """
    _labeled_reports("brat", target, dataset, study, labeler, warehouse, as_json)


@cli.command("label-studio")
def label_studio(
    target: Target,
    dataset: Dataset = None,
    study: Studies = None,
    labeler: LabelerName = "cxr",
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Write labeled reports as tasks of Label Studio; the files hold the text of the reports, as with brat."""
    _labeled_reports("label-studio", target, dataset, study, labeler, warehouse, as_json)


@cli.command("note-nlp")
def note_nlp(
    target: Target,
    dataset: Dataset = None,
    study: Studies = None,
    labeler: LabelerName = "cxr",
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Write mentions as OMOP's NOTE_NLP; the files hold the text of the reports, as with brat."""
    _labeled_reports("note-nlp", target, dataset, study, labeler, warehouse, as_json)


@cli.command("sectioned")
def sectioned(
    target: Target,
    rules: Annotated[Rules, typer.Option(help="Official: those that the published files were made by.")] = "official",
    dataset: Annotated[str, typer.Option(help="Data set whose reports are written.")] = "mimic_cxr",
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
    console.err.print("The files hold report text: your data use agreement covers them.")


@cli.command("training-set")
def training_set(
    target: Target,
    of: Annotated[Literal["images", "reports"], typer.Option(help="What an item is.")] = "images",
    dataset: Annotated[list[str] | None, typer.Option(help="Data set; repeat for more.", show_default="openi")] = None,
    labeler: Annotated[str, typer.Option("--labeler", "-l", help="Whose labels, as in marts.dim_labeler.")] = "cxr",
    policy: Annotated[str, typer.Option(help="How labels become targets, as in the seed label_policy.")] = "u_ignore",
    finding: Annotated[
        str | None, typer.Option("--findings", help="Ids or a scheme's name, with commas; default: all of the labeler.")
    ] = None,
    view: Annotated[Literal["frontal", "lateral", "any"], typer.Option(help="Views of images.")] = "frontal",
    text: Annotated[
        Literal["findings", "impression", "findings+impression"], typer.Option(help="Sections of reports.")
    ] = "findings+impression",
    split: Annotated[
        Literal["patient", "release"], typer.Option(help="By the patient's id, or the release's own split.")
    ] = "patient",
    studies: Annotated[Path | None, typer.Option(help="CSV with a column study_id or uid: the only studies.")] = None,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Write a training set: rows and targets as Arrow, and a card with the query and counts by split and finding.

    A patient in two splits is an error. Needs a warehouse that 'cxr build' has built. Rows of reports hold their text:
    keep them where the reports may be.
    """
    from models.training import set_card
    from models.training import sets as training_sets
    from models.training.sets import TrainingSet, expand_findings
    from warehouse.connection import read_only
    from warehouse.splits import SPLITS

    settings = load_settings(warehouse=warehouse)
    chosen = TrainingSet(
        input="image" if of == "images" else "report",
        datasets=tuple(name.replace("-", "_") for name in dataset or ["openi"]),
        labeler=labeler,
        policy=policy,
        findings=expand_findings(finding.split(",")) if finding else (),
        view=view,
        text=text,
        split=split,
        studies=studies,
    )
    with read_only(settings.warehouse, settings) as con:
        items = training_sets.read(con, chosen)
    set_card.write(items, chosen, target)
    counts = {f"n_{name}": items.of_split(name).rows.num_rows for name in SPLITS}
    console.counts(counts | {"n_patients": items.n_patients, "n_findings": len(items.findings)}, as_json)
    if of == "reports":
        console.err.print("The rows hold report text: your data use agreement covers them.")


@cli.command("parquet")
def parquet(target: Target, warehouse: Warehouse = None, as_json: AsJson = False) -> None:
    """Write every table of raw, annotation, nlp, score and quality as Parquet; 'cxr load parquet' restores them.

    A warehouse in this form outlives changes of DuckDB's file format. The files hold the text of the reports, as with
    brat: keep them where the reports themselves may be.
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


def _labeled_reports(
    output_format: Format,
    target: Path,
    dataset: str | None,
    studies: list[str] | None,
    labeler: str,
    warehouse: Path | None,
    as_json: bool,
) -> None:
    from nlp.exchange.label_folders import export_labels
    from warehouse.connection import read_only

    settings = load_settings(warehouse=warehouse)
    with console.progress() as progress, read_only(settings.warehouse, settings) as con:
        result = export_labels(
            con, output_format, target, labeler=labeler, dataset=dataset, studies=studies or (), progress=progress
        )
    console.counts(asdict(result), as_json)
