"""``cxr models``: the networks of the zoo, and networks from elsewhere. Importing needs the extra 'train'."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from app import console
from app.options import AsJson
from warehouse.config import load_settings
from warehouse.errors import ConfigError

cli = typer.Typer(help="Networks: list them, import one.", no_args_is_help=True)


@cli.command("list")
def list_networks(as_json: AsJson = False) -> None:
    """List the networks of the package's zoo and of your own."""
    from models import registry

    zoos = dict.fromkeys((registry.ZOO, load_settings().zoo))
    rows = [manifest.model_dump(mode="json") for zoo in zoos for manifest in registry.list_models(zoo)]
    if as_json:
        console.emit_json(rows)
    else:
        columns = ["name", "version", "input", "task"]
        console.table("", columns, [tuple(row[column] for column in columns) for row in rows])


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
    from models import import_network as importer
    from models.nets.weights import mean_and_std
    from models.train_images import expand_findings, make_preprocessing

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
