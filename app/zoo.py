"""``cxr models``: what the zoo holds, and int8 networks made of it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app import console
from app.options import AsJson, Warehouse
from warehouse.config import load_settings
from warehouse.errors import ConfigError

cli = typer.Typer(help="The networks of the zoo.", no_args_is_help=True)


@cli.command("list")
def list_networks(as_json: AsJson = False) -> None:
    """List the networks of the zoo."""
    from models.registry import list_models

    rows = [manifest.model_dump(mode="json") for manifest in list_models(load_settings().zoo)]
    if as_json:
        console.emit_json(rows)
    else:
        columns = ["name", "version", "input", "task"]
        console.table("", columns, [tuple(row[column] for column in columns) for row in rows])


@cli.command()
def quantize(
    network: Annotated[str, typer.Argument(help="Network of the zoo, NAME or NAME@VERSION.")],
    images: Annotated[
        Path | None, typer.Option(help="Folder of the data set's images; image networks need it.")
    ] = None,
    auroc_bound: Annotated[float, typer.Option(help="How far mean AUROC may fall.")] = 0.005,
    f1_bound: Annotated[float, typer.Option(help="How far mean F1 may fall.")] = 0.01,
    n_calibration: Annotated[int, typer.Option(help="Training images that set the ranges.")] = 200,
    n_items: Annotated[int, typer.Option(help="Test images that the drift is measured on, at most.")] = 2000,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Zoo to write into; default: yours (CXR_ZOO).")
    ] = None,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Make NAME_int8, measured on the test split of the network's own data set; refused if it drifts too far."""
    from models import held_out, registry
    from models.manifest import ImagePreprocessing
    from models.quantize import Measured
    from models.quantize import quantize as make
    from warehouse.connection import read_only

    settings = load_settings(warehouse=warehouse)
    described, _ = registry.load(network, zoo=settings.zoo)
    preprocessing, calibration = described.preprocessing, None
    with read_only(settings.warehouse) as con:
        items = held_out.read_split(con, described, "test")
        if isinstance(preprocessing, ImagePreprocessing):
            if images is None:
                raise ConfigError("an image network is measured on images", fix="Name their folder: --images DIR")
            seen = held_out.read_split(con, described, "train")
            calibration, _ = held_out.read_images(seen, images, preprocessing, n_calibration)
            measured = Measured(*held_out.read_images(items, images, preprocessing, n_items))
        else:
            measured = Measured(items.rows["text"].to_pylist(), items.targets)
    made = make(
        network,
        measured,
        calibration=calibration,
        zoo=settings.zoo,
        output=output or settings.zoo,
        auroc_bound=auroc_bound,
        f1_bound=f1_bound,
        threads=settings.threads,
    )
    console.counts(asdict(made), as_json)
