"""``cxr train``: networks from the warehouse into the zoo. Needs the extra 'train'."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app import console
from app.options import AsJson, Warehouse
from warehouse.config import load_settings

cli = typer.Typer(
    help="Train a network on the warehouse and export it to ONNX, with manifest and card.", no_args_is_help=True
)


@cli.command("reports")
def reports(
    network: Annotated[str, typer.Argument(help="Network to train.")] = "report_findings",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Zoo folder to write into; default: the package's own.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Upper limit of epochs.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Train a network on the warehouse's reports and export it to ONNX with its manifest and card (extra 'train')."""
    from models.train import train as train_network
    from warehouse.connection import read_only

    settings = load_settings(warehouse=warehouse)
    with console.progress() as progress, read_only(settings.warehouse) as con:
        result = train_network(con, settings, network, output=output, epochs=epochs, seed=seed, progress=progress)
    console.counts(asdict(result), as_json)
