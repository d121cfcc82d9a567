"""``cxr train``: networks from the warehouse into the zoo. Needs the extra 'train'."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

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


@cli.command("images")
def images(
    folder: Annotated[Path, typer.Option("--images", help="Folder of the image files, in any arrangement.")],
    network: Annotated[str, typer.Argument(help="Name of the network.")] = "image_findings",
    dataset: Annotated[list[str] | None, typer.Option(help="Data set of the labels; repeat for more.")] = None,
    labeler: Annotated[str, typer.Option(help="Whose labels, as in marts.dim_labeler.")] = "nih_nlp",
    policy: Annotated[str, typer.Option(help="How labels become targets, as in the seed label_policy.")] = "u_ignore",
    view: Annotated[Literal["frontal", "lateral", "any"], typer.Option(help="Views that are taken.")] = "frontal",
    split: Annotated[
        Literal["patient", "release"], typer.Option(help="By the patient's id, or the release's own split.")
    ] = "patient",
    folds: Annotated[
        int, typer.Option(help="Measure by cross-validation in this many folds, then train on all; 0: on the splits.")
    ] = 0,
    finding: Annotated[
        str, typer.Option("--findings", help="Finding ids, or a scheme's name, with commas between.")
    ] = "chestxray14,no_finding",
    architecture: Annotated[str | None, typer.Option(help="Any of timm: resnet50, densenet121, ...")] = None,
    initial_weights: Annotated[str | None, typer.Option(help="imagenet, random, or a checkpoint file.")] = None,
    resolution: Annotated[int | None, typer.Option(help="Rows and columns of the input.")] = None,
    frozen_stages: Annotated[int | None, typer.Option(help="Stages that keep their initial weights.")] = None,
    one_vs_rest: Annotated[bool, typer.Option("--one-vs-rest", help="A network for each finding.")] = False,
    class_weights: Annotated[Literal["none", "root"] | None, typer.Option(help="Weight of positives.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Upper limit of epochs.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Images of a step.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="At its height.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
    device: Annotated[Literal["auto", "cpu", "cuda"], typer.Option(help="Where to train.")] = "auto",
    note: Annotated[str | None, typer.Option(help="What a reader of the card should know first.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Zoo folder to write into.", show_default="./cxr-zoo")
    ] = None,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Train a network on images with the warehouse's labels and export it to ONNX with manifest and cards."""
    from models.train_images import expand_findings, make_recipe, train_images
    from models.training_sets import TrainingSet
    from warehouse.connection import read_only

    settings = load_settings(warehouse=warehouse)
    recipe = make_recipe(
        architecture=architecture,
        initial_weights=initial_weights,
        resolution=resolution,
        frozen_stages=frozen_stages,
        outputs="one_vs_rest" if one_vs_rest else None,
        class_weights=class_weights,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
    )
    chosen = TrainingSet(
        input="image",
        datasets=tuple(dataset or ["chestxray14"]),
        labeler=labeler,
        policy=policy,
        findings=expand_findings(finding.split(",")),
        view=view,
        split=split,
    )
    with console.progress() as progress, read_only(settings.warehouse) as con:
        result = train_images(
            con,
            settings,
            chosen,
            folder,
            recipe,
            name=network,
            zoo=output,
            folds=folds,
            seed=seed,
            device=device,
            note=note,
            progress=progress,
        )
    console.counts(asdict(result), as_json)
