"""Options that many commands share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

Warehouse = Annotated[
    Path | None, typer.Option("--warehouse", "-w", help="The DuckDB file.", show_default="./warehouse.duckdb")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
InputFile = Annotated[
    Path | None,
    typer.Option(
        "--input", "-i", help="Reports: CSV (.gz or not) or Parquet with study_id and text; folder or zip of .txt."
    ),
]
ImageFolders = Annotated[
    list[str] | None,
    typer.Option("--images", help="DIR, or DATASET=DIR for one data set: where the files are; repeat for more."),
]


def image_folders(texts: Sequence[str] | None) -> dict[str, Path]:
    """Return folder by data set of DIR and DATASET=DIR; the data set is empty for DIR alone."""
    folders: dict[str, Path] = {}
    for text in texts or ():
        dataset, equals, folder = text.partition("=")
        is_named = equals and not Path(text).is_dir()
        key = dataset if is_named else ""
        if key in folders:
            raise typer.BadParameter("--images names two folders for the same data; give DATASET=DIR, or their parent")
        folders[key] = Path(folder if is_named else text)
    return folders
