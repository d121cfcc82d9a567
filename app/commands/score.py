"""``cxr score``: probabilities of findings for reports and images, from a network of the zoo."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from app import console
from app.options import AsJson, ImageFolders, InputFile, Warehouse, image_folders
from warehouse.config import load_settings
from warehouse.pool import Engine

if TYPE_CHECKING:
    from models.scoring import FileResult, Options, ScoreResult

cli = typer.Typer(help="Score reports or images with a network of the zoo.", no_args_is_help=True)

Provider = Literal["auto", "cpu", "cuda", "tensorrt"]
"""As in models.network.inference, which takes seconds to import."""

Dataset = Annotated[
    list[str] | None, typer.Option("--dataset", "-d", help="Only this data set; repeat for more. Default: all.")
]
Embeddings = Annotated[
    bool, typer.Option("--embeddings", help="Keep the penultimate layer too, for similarity queries.")
]
ProviderOption = Annotated[
    Provider,
    typer.Option("--provider", help="Where the network runs; auto: CUDA where it is built in, else the CPU."),
]
EngineOption = Annotated[
    Engine, typer.Option(help="Local processes, or a Ray cluster (extra 'ray', RAY_ADDRESS) that sees the same files.")
]


@cli.command("reports")
def reports(
    model: Annotated[
        str, typer.Option("--model", "-m", help="Network of the zoo, NAME or NAME@VERSION.")
    ] = "report_findings",
    input_file: InputFile = None,
    output_file: Annotated[
        Path | None, typer.Option("--output", "-o", help="CSV to write: study_id and a column a finding.")
    ] = None,
    dataset: Dataset = None,
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
            result: FileResult | ScoreResult = scoring.score_report_file(
                input_file, output_file, options, settings=settings, read_text=read_text, progress=progress
            )
        else:
            result = scoring.score_reports(options, settings=settings, wanted=dataset or [], progress=progress)
    _show(result, as_json)


@cli.command("images")
def images(
    model: Annotated[
        str, typer.Option("--model", "-m", help="Network of the zoo, NAME or NAME@VERSION.")
    ] = "image_findings",
    folder: ImageFolders = None,
    input_path: Annotated[
        Path | None,
        typer.Option(
            "--input", "-i", help="Folder of images, at any depth; or CSV with a column image, path or filename."
        ),
    ] = None,
    output_file: Annotated[
        Path | None, typer.Option("--output", "-o", help="CSV to write: image and a column a finding.")
    ] = None,
    dataset: Dataset = None,
    embeddings: Embeddings = False,
    provider: ProviderOption = "auto",
    engine: EngineOption = "local",
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Score the warehouse's images into score.image_score, or a folder or list of images with --input and --output.

    JPEG, PNG, TIFF, BMP, DICOM. An image that cannot be read is a row of score.failure, or of OUTPUT.failures.csv; exit
    code 1 when none could be. Resumable at any point: run it again.
    """
    from models import scoring

    settings, options = load_settings(warehouse=warehouse), _options(model, embeddings, provider, engine)
    _require_mode(input_path, output_file, images=folder, dataset=dataset, warehouse=warehouse)
    with console.progress() as progress:
        if input_path is not None and output_file is not None:
            result: FileResult | ScoreResult = scoring.score_image_file(
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
        raise typer.BadParameter(f"--{given[0]} is of the warehouse, and --input scores files without one")


def _show(result: FileResult | ScoreResult, as_json: bool) -> None:
    """Print counts, and the first failures; exit code 1 when nothing could be scored."""
    counts = asdict(result)
    failures = [] if as_json else counts.pop("failures", [])
    console.counts(counts, as_json)
    n_scored = counts["n_items"] if "n_items" in counts else counts["n_rows"] - counts["n_failures"]
    if counts["n_failures"]:
        console.warn(f"{counts['n_failures']:,} could not be scored" + "".join(f"; {text}" for text in failures))
    if counts["n_failures"] and not n_scored:
        raise typer.Exit(1)
