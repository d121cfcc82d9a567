"""``cxr models``: what the zoo holds, networks from elsewhere, int8 networks."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from app import console
from app.options import AsJson, Warehouse, ZooOutput
from warehouse.choices import Fit
from warehouse.config import load_settings
from warehouse.errors import ConfigError

cli = typer.Typer(help="List the networks of the zoo, import one, or make one int8.", no_args_is_help=True)

INPUT = "Input and outputs of a timm network"


@cli.command("list")
def list_networks(as_json: AsJson = False) -> None:
    """List the networks of the zoo, yours (CXR_ZOO) and the package's."""
    from models.network.registry import list_models

    rows = [manifest.model_dump(mode="json") for manifest in list_models(load_settings().zoo)]
    if as_json:
        console.emit_json(rows)
    else:
        columns = ["name", "version", "input", "task"]
        console.table("", columns, [tuple(row[column] for column in columns) for row in rows])


@cli.command()
def quantize(
    network: Annotated[str, typer.Argument(help="Network of the zoo to make int8: NAME or NAME@VERSION.")],
    images: Annotated[
        Path | None,
        typer.Option(
            "--images", metavar="DIR",
            help="Folder that holds the image files, in any arrangement; an image network needs it.",
        ),
    ] = None,
    auroc_bound: Annotated[float, typer.Option(help="Refuse it if mean AUROC falls by more than this.")] = 0.005,
    f1_bound: Annotated[float, typer.Option(help="Refuse it if mean F1 falls by more than this.")] = 0.01,
    n_calibration: Annotated[
        int, typer.Option(min=1, help="Number of training images that set the ranges of activations.")
    ] = 200,
    n_items: Annotated[int, typer.Option(min=1, help="Measure the drift on this many test images at most.")] = 2000,
    output: ZooOutput = None,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Make NAME_int8, measured on the test split of the network's own data set; refused if it drifts too far."""
    from models.training.int8 import quantize_held_out

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
    name: Annotated[str, typer.Argument(help="Name to give the network.")],
    checkpoint: Annotated[Path, typer.Option(help="Checkpoint file: of torch, or .safetensors.")],
    source: Annotated[
        Literal["timm", "torchxrayvision"],
        typer.Option(
            "--from", help="Library that made the checkpoint. torchxrayvision's are known by the file's name and need "
            "no other option.",
        ),
    ] = "timm",
    architecture: Annotated[
        str | None, typer.Option(help="Architecture, any of timm: resnet50, densenet121, ...", rich_help_panel=INPUT)
    ] = None,
    finding: Annotated[
        list[str] | None,
        typer.Option(
            "--finding", "-f", metavar="ID", rich_help_panel=INPUT,
            help="Finding of an output, e.g. edema, or a scheme for all its findings; repeat in the outputs' order.",
        ),
    ] = None,
    size: Annotated[int, typer.Option(help="Rows and columns of the input, in pixels.", rich_help_panel=INPUT)] = 224,
    fit: Annotated[
        Fit, typer.Option(help="Make an image square by padding, cropping or stretching it.", rich_help_panel=INPUT)
    ] = "pad",
    equalized: Annotated[
        bool,
        typer.Option(
            "--equalized", help="Equalise the histogram first, as it was in training.", rich_help_panel=INPUT
        ),
    ] = False,
    channels: Annotated[int, typer.Option(help="Channels of the input: 1 or 3.", rich_help_panel=INPUT)] = 3,
    mean: Annotated[
        list[float] | None,
        typer.Option(
            metavar="LEVEL", help="Mean grey level (0 to 255) to subtract; repeat to give one a channel.",
            show_default="timm's",
            rich_help_panel=INPUT,
        ),
    ] = None,
    std: Annotated[
        list[float] | None,
        typer.Option(
            metavar="LEVEL", help="Deviation of grey levels to divide by; repeat to give one a channel.",
            show_default="timm's",
            rich_help_panel=INPUT,
        ),
    ] = None,
    licence: Annotated[str, typer.Option(help="Licence of the weights, for the card.")] = "that of its maker",
    output: ZooOutput = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Make a network of the zoo from a checkpoint: exported to ONNX, compared with torch, described."""
    from models.training.image_recipe import make_preprocessing
    from models.training.import_checkpoint import Description, import_checkpoint, torchxrayvision
    from models.training.nets.weights import mean_and_std
    from models.training.sets import expand_findings

    zoo = output or load_settings().zoo
    if source == "torchxrayvision":
        described = torchxrayvision(checkpoint)
    elif architecture is None or finding is None:
        raise ConfigError("a checkpoint of timm needs --architecture and --finding")
    else:
        default_mean, default_std = mean_and_std(architecture, channels)
        described = Description(
            architecture=architecture,
            findings=expand_findings(finding),
            preprocessing=make_preprocessing(
                size=size,
                fit=fit,
                is_equalized=equalized,
                channels=channels,
                mean=_of_channels(mean, channels) or default_mean,
                std=_of_channels(std, channels) or default_std,
            ),
            licence=licence,
        )
    console.counts(asdict(import_checkpoint(name, checkpoint, described, zoo=zoo)), as_json)


def _of_channels(numbers: list[float] | None, n: int) -> list[float]:
    """Return a number for each channel; one given stands for all."""
    given = numbers or []
    return given * n if len(given) == 1 else given
