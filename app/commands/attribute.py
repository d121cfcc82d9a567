"""``cxr attribute``: where in an image, and from which words of a report, a network's scores come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app import console
from app.options import FILES, AsJson, Datasets, ImageFolders, Model, ReportInput, Warehouse, image_folders
from warehouse.choices import MethodChoice
from warehouse.config import load_settings

if TYPE_CHECKING:
    from models.attribution.output import AttributionResult
    from models.attribution.store import Selection

cli = typer.Typer(
    help="Show where a score comes from: the places of an image, the words of a report.", no_args_is_help=True
)

TOP = 100

Output = Annotated[Path, typer.Option("--output", "-o", help="Folder to write pictures, maps or weights into.")]
Finding = Annotated[
    list[str] | None,
    typer.Option(
        "--finding",
        "-f",
        metavar="ID",
        help="Explain this finding, whatever its score; repeat for more.",
        show_default="those over their threshold",
    ),
]
Item = Annotated[
    list[str] | None,
    typer.Option("--item", metavar="ID", help="Explain only this image (or study, of reports); repeat for more."),
]
Top = Annotated[
    int | None,
    typer.Option(
        help="Explain the items with the highest scores, this many of each finding; 0: all.",
        show_default=f"{TOP}, without --item",
        min=0,
    ),
]  # fmt: skip


@cli.command("images")
def images(
    output: Output,
    model: Model = "image_findings",
    folder: ImageFolders = None,
    dataset: Datasets = None,
    finding: Finding = None,
    item: Item = None,
    top: Top = None,
    method: Annotated[
        MethodChoice,
        typer.Option(help="How to weigh places; auto: the network's activation map if it has one, else occlusion."),
    ] = "auto",
    input_file: Annotated[
        Path | None,
        typer.Option(
            "--input", "-i", help="Read an image or a folder of images, without a warehouse.", rich_help_panel=FILES
        ),
    ] = None,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Draw where in images scores come from: pictures (PNG) and maps (Parquet), linked in score.attribution.

    Works on images that the warehouse has already scored and skips maps that exist. With --input it scores and maps
    files instead. Exit code 1 when none could be attributed.
    """
    from models.attribution import files
    from models.attribution import warehouse as of_warehouse

    settings = load_settings(warehouse=warehouse)
    if (input_file is None) == (not folder):
        raise typer.BadParameter("name either --images, for the warehouse's scores, or --input")
    with console.progress() as progress:
        if input_file is not None:
            _refuse(dataset, item, top)
            result = files.attribute_images(
                input_file, output, model, finding or (), settings=settings, method=method, progress=progress
            )
        else:
            from warehouse.connection import writing

            with writing(settings.warehouse, settings, create=False) as con:
                result = of_warehouse.attribute_images(
                    con, image_folders(folder), output, model, _selection(dataset, finding, item, top),
                    settings=settings, method=method, progress=progress,
                )  # fmt: skip
    _show(result, as_json)


@cli.command("reports")
def reports(
    output: Output,
    model: Model = "report_findings",
    dataset: Datasets = None,
    finding: Finding = None,
    item: Item = None,
    top: Top = None,
    html: Annotated[
        bool, typer.Option("--html", help="Write an HTML page for each report too. It holds the report's text.")
    ] = False,
    input_file: ReportInput = None,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Weigh the words that scores come from: offsets and weights (Parquet), linked in score.attribution.

    Works on reports that the warehouse has already scored and skips those that are done. With --input it scores and
    weighs the reports of a file instead. Exit code 1 when none could be attributed.
    """
    from models.attribution import files
    from models.attribution import warehouse as of_warehouse
    from models.attribution.output import Pages

    settings = load_settings(warehouse=warehouse)
    pages: Pages = "html" if html else "none"
    with console.progress() as progress:
        if input_file is not None:
            from nlp.rules.compile import default_lexicon
            from nlp.sections.corrected import split

            _refuse(dataset, item, top)
            lexicon = default_lexicon()

            def read_passages(text: str) -> list[tuple[int, str]]:
                return [(part.start, part.text) for part in split(text, lexicon) if part.is_label_source]

            result = files.attribute_reports(
                input_file, output, model, finding or (), settings=settings, read_passages=read_passages, pages=pages,
                progress=progress,
            )  # fmt: skip
        else:
            from warehouse.connection import writing

            with writing(settings.warehouse, settings, create=False) as con:
                result = of_warehouse.attribute_reports(
                    con, output, model, _selection(dataset, finding, item, top), settings=settings, pages=pages,
                    progress=progress,
                )  # fmt: skip
    _show(result, as_json)


def _show(result: AttributionResult, as_json: bool) -> None:
    """Print counts; exit code 1 when nothing could be attributed."""
    counts = asdict(result)
    if as_json:
        console.emit_json(counts)
    else:
        codes = counts.pop("codes")
        console.counts(counts, as_json)
        if codes:
            console.table("Not attributed", ["code", "items"], list(codes.items()))
    if result.n_failures and result.n_failures == result.n_items and not result.n_kept:
        raise typer.Exit(1)


def _selection(
    dataset: Sequence[str] | None, finding: Sequence[str] | None, item: Sequence[str] | None, top: int | None
) -> Selection:
    from models.attribution.store import Selection

    limit = TOP if top is None and not item else top
    return Selection(tuple(dataset or ()), tuple(finding or ()), tuple(item or ()), limit or None)


def _refuse(dataset: Sequence[str] | None, item: Sequence[str] | None, top: int | None) -> None:
    """Refuse options that choose among scores of a warehouse, where there is none."""
    if dataset or item or top is not None:
        raise typer.BadParameter("--dataset, --item and --top choose among a warehouse's scores; leave them out")
