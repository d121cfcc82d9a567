"""``cxr models``: what the zoo holds, networks from elsewhere, int8 networks."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from app import console
from app.options import AsJson, Warehouse
from warehouse.config import load_settings
from warehouse.errors import ConfigError

cli = typer.Typer(help="Networks of the zoo: list, import, make int8.", no_args_is_help=True)


@cli.command("list")
def list_networks(as_json: AsJson = False) -> None:
    """List the networks of the zoo."""
    from models.network.registry import list_models

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
    n_calibration: Annotated[int, typer.Option(min=1, help="Training images that set the ranges.")] = 200,
    n_items: Annotated[int, typer.Option(min=1, help="Test images that the drift is measured on, at most.")] = 2000,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Zoo to write into; default: yours (CXR_ZOO).")
    ] = None,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Make NAME_int8, measured on the test split of the network's own data set; refused if it drifts too far."""
    from models.training.quantize import quantize_held_out

    made = quantize_held_out(
        load_settings(warehouse=warehouse),
        network,
        images=images,
        n_calibration=n_calibration,
        n_items=n_items,
        output=output,
        auroc_bound=auroc_bound,
        f1_bound=f1_bound,
    )
    console.counts(asdict(made), as_json)


@cli.command("import")
def import_network(
    name: Annotated[str, typer.Argument(help="Name that the network shall have.")],
    checkpoint: Annotated[Path, typer.Option(help="Checkpoint of torch, or .safetensors.")],
    source: Annotated[
        Literal["timm", "torchxrayvision"],
        typer.Option("--from", help="Whose: torchxrayvision's are known by the file's name and need nothing more."),
    ] = "timm",
    architecture: Annotated[str | None, typer.Option(help="As timm calls it: densenet121, resnet50, ...")] = None,
    finding: Annotated[
        str | None, typer.Option("--findings", help="Finding ids of the outputs in their order, with commas between.")
    ] = None,
    size: Annotated[int, typer.Option(help="Rows and columns of the input.")] = 224,
    fit: Annotated[Literal["pad", "crop", "stretch"], typer.Option(help="How an image becomes square.")] = "pad",
    equalized: Annotated[bool, typer.Option("--equalized", help="It was trained on equalised histograms.")] = False,
    channels: Annotated[int, typer.Option(help="1 or 3.")] = 3,
    mean: Annotated[
        str | None, typer.Option(help="In grey levels, one for all channels or with commas; default: timm's.")
    ] = None,
    std: Annotated[str | None, typer.Option(help="As --mean.")] = None,
    licence: Annotated[str, typer.Option(help="Of the weights.")] = "that of its maker",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Zoo folder to write into.", show_default="./cxr-zoo")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a network of the zoo from a checkpoint: exported to ONNX, compared with torch, described."""
    from models.training import import_checkpoint as importer
    from models.training.image_recipe import make_preprocessing
    from models.training.nets.weights import mean_and_std
    from models.training.sets import expand_findings

    zoo = output or load_settings().zoo
    if source == "torchxrayvision":
        described = importer.torchxrayvision(checkpoint)
    elif architecture is None or finding is None:
        raise ConfigError("a checkpoint of timm needs --architecture and --findings")
    else:
        default_mean, default_std = mean_and_std(architecture, channels)
        described = importer.Description(
            architecture=architecture,
            findings=expand_findings(finding.split(",")),
            preprocessing=make_preprocessing(
                size=size,
                fit=fit,
                is_equalized=equalized,
                channels=channels,
                mean=_numbers(mean, channels) or default_mean,
                std=_numbers(std, channels) or default_std,
            ),
            licence=licence,
        )
    console.counts(asdict(importer.import_checkpoint(name, checkpoint, described, zoo=zoo)), as_json)


def _numbers(text: str | None, n: int) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(",")] if text else []
    except ValueError:
        raise ConfigError(f"'{text}' is no list of numbers") from None
    return numbers * n if len(numbers) == 1 else numbers
