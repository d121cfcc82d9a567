"""Options that many commands share."""

from __future__ import annotations

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
