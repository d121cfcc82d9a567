"""``cxr score``: probabilities of findings for reports and images, from a network of the zoo."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app import console
from app.options import (
    FILES,
    AsJson,
    Datasets,
    EngineOption,
    ImageFolders,
    Model,
    ProviderOption,
    ReportInput,
    Warehouse,
    image_folders,
)
from warehouse.choices import Engine, Provider
from warehouse.config import load_settings

if TYPE_CHECKING:
    from models.scoring import Options, ScoredFile, ScoreResult

cli = typer.Typer(help="Score reports or images with a network of the zoo.", no_args_is_help=True)

Embeddings = Annotated[
    bool, typer.Option("--embeddings", help="Store the penultimate layer too, for similarity queries.")
]


@cli.command("reports")
def reports(
    model: Model = "report_findings",
    dataset: Datasets = None,
    input_file: ReportInput = None,
    output_file: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="CSV file to write: study_id and a column a finding.", rich_help_panel=FILES
        ),
    ] = None,
    embeddings: Embeddings = False,
    provider: ProviderOption = "auto",
    engine: EngineOption = "local",
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Score the warehouse's reports into score.report_score, or a CSV of reports with --input and --output.

    Resumable at any point: run it again.
    """
    from models import scoring

    settings, options = load_settings(warehouse=warehouse), _options(model, embeddings, provider, engine)
    _require_mode(input_file, output_file, dataset=dataset, warehouse=warehouse)
    with console.progress() as progress:
        if input_file is not None and output_file is not None:
            from nlp.rules.compile import default_lexicon
            from nlp.sections.corrected import counted_text

            read_text = partial(counted_text, lexicon=default_lexicon())
            result: ScoredFile | ScoreResult = scoring.score_report_file(
                input_file, output_file, options, settings=settings, read_text=read_text, progress=progress
            )
        else:
            result = scoring.score_reports(options, settings=settings, wanted=dataset or [], progress=progress)
    _show(result, as_json)


@cli.command("images")
def images(
    model: Model = "image_findings",
    folder: ImageFolders = None,
    dataset: Datasets = None,
    input_path: Annotated[
        Path | None,
        typer.Option(
            "--input", "-i", help="Read images from here, without a warehouse: a folder, at any depth, or a CSV with a "
            "column image, path or filename.", rich_help_panel=FILES,
        ),
    ] = None,
    output_file: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="CSV file to write: image and a column a finding.", rich_help_panel=FILES),
    ] = None,
    embeddings: Embeddings = False,
    provider: ProviderOption = "auto",
    engine: EngineOption = "local",
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Score the warehouse's images into score.image_score, or a folder or list of images with --input and --output.

    Reads JPEG, PNG, TIFF, BMP and DICOM. An image that cannot be read is a row of score.failure, or of
    OUTPUT.failures.csv. The exit code is 1 if no image could be read. Resumable at any point: run it again.
    """
    from models import scoring

    settings, options = load_settings(warehouse=warehouse), _options(model, embeddings, provider, engine)
    _require_mode(input_path, output_file, images=folder, dataset=dataset, warehouse=warehouse)
    with console.progress() as progress:
        if input_path is not None and output_file is not None:
            result: ScoredFile | ScoreResult = scoring.score_image_file(
                input_path, output_file, options, settings=settings, progress=progress
            )
        else:
            folders = image_folders(folder)
            result = scoring.score_images(folders, options, settings=settings, wanted=dataset or [], progress=progress)
    _show(result, as_json)


def _options(model: str, embeddings: bool, provider: Provider, engine: Engine) -> Options:
    from models.scoring import Options

    return Options(model, ("probabilities", "embedding") if embeddings else ("probabilities",), provider, engine)


def _require_mode(source: Path | None, target: Path | None, **of_warehouse: object) -> None:
    """Raise where options of files and of the warehouse are mixed."""
    if (source is None) != (target is None):
        raise typer.BadParameter("--input and --output go together")
    if source is not None and (given := [name for name, value in of_warehouse.items() if value]):
        raise typer.BadParameter(f"--{given[0]} works on a warehouse; leave it out with --input")


def _show(result: ScoredFile | ScoreResult, as_json: bool) -> None:
    """Print counts, and the first failures; exit code 1 when nothing could be scored."""
    counts = asdict(result)
    failures = [] if as_json else counts.pop("failures", [])
    console.counts(counts, as_json)
    n_scored = counts["n_items"] if "n_items" in counts else counts["n_rows"] - counts["n_failures"]
    if counts["n_failures"]:
        console.warn(f"{counts['n_failures']:,} could not be scored" + "".join(f"; {text}" for text in failures))
    if counts["n_failures"] and not n_scored:
        raise typer.Exit(1)
