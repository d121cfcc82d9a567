"""``cxr train``: networks from the warehouse into the zoo. Needs the extra 'train'."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from app import console
from app.options import (
    CHESTXRAY14,
    NETWORK,
    OPENI,
    AsJson,
    BatchSize,
    DeviceOption,
    Epochs,
    Folds,
    ImageFolder,
    InitialWeights,
    LearningRate,
    Policy,
    SchemeFindings,
    Seed,
    SplitOption,
    StudyList,
    TextOption,
    TrainingDatasets,
    TrainingLabeler,
    ViewOption,
    Warehouse,
    ZooOutput,
)
from warehouse.choices import ClassWeights
from warehouse.config import load_settings
from warehouse.errors import ConfigError

cli = typer.Typer(
    help="Train a network on the warehouse and export it to ONNX, with manifest and card.", no_args_is_help=True
)

DEFAULT_FINDINGS = ["chestxray14", "no_finding"]
"""Findings that an image network learns by default."""

_CHANGEABLE = "--epochs, --batch-size, --learning-rate, --studies and --seed"
_OF_RECIPE = ("backbone", "head", "max_length", "device", "dataset", "labeler", "policy", "text", "split")
"""What the recipe of a network decides alone."""


@cli.command("reports")
def reports(
    context: typer.Context,
    network: Annotated[
        str,
        typer.Argument(
            help="Name to give the network. report_findings is trained by a fixed recipe, of which only "
            f"{_CHANGEABLE} can change."
        ),
    ] = "report_findings",
    backbone: Annotated[
        str,
        typer.Option(
            help="Backbone: compact (no download), bert-base, clinical-bert, biobert, cxr-bert-general, "
            "cxr-bert-specialized, s-pubmedbert, a hub id, or a folder.", rich_help_panel=NETWORK,
        ),
    ] = "compact",
    head: Annotated[
        str, typer.Option(help="Head on the backbone: pooled, cnn or bilstm.", rich_help_panel=NETWORK)
    ] = "pooled",
    max_length: Annotated[
        int, typer.Option(help="Cut reports after this many tokens.", rich_help_panel=NETWORK)
    ] = 512,
    epochs: Epochs = None,
    batch_size: Annotated[
        int | None, typer.Option(help="Reports per training step.", show_default="32", rich_help_panel=NETWORK)
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(help="Learning rate.", show_default="6e-6; compact: 4e-3", rich_help_panel=NETWORK),
    ] = None,
    device: DeviceOption = "auto",
    seed: Seed = 0,
    dataset: TrainingDatasets = OPENI,
    labeler: TrainingLabeler = "cxr",
    policy: Policy = "u_ignore",
    text: TextOption = "findings+impression",
    split: SplitOption = "patient",
    studies: StudyList = None,
    output: ZooOutput = None,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Train a network on the warehouse's reports and export it to ONNX with its manifest and card (extra 'train')."""
    from models.training.report_recipes import read_recipe, recipe_names
    from warehouse.connection import read_only

    settings = load_settings(warehouse=warehouse)
    if network in recipe_names():
        _refuse_given(context, network)
        recipe = read_recipe(network).changed(epochs=epochs, batch_size=batch_size, learning_rate=learning_rate)
        with console.progress() as progress, read_only(settings.warehouse) as con:
            from models.training.report_findings import train

            result = train(con, settings, recipe, studies=studies, output=output, seed=seed, progress=progress)
    else:
        from models.training.fit_reports import Choice
        from models.training.reports import train_texts
        from models.training.sets import make_training_set

        chosen = make_training_set(
            "report", dataset or (), labeler, policy=policy, text=text, split=split, studies=studies
        )
        choice = Choice(
            backbone=backbone, head=head, max_tokens=max_length, batch_size=batch_size, epochs=epochs,
            learning_rate=learning_rate, device=device, seed=seed,
        )  # fmt: skip
        with console.progress() as progress, read_only(settings.warehouse) as con:
            result = train_texts(con, settings, network, chosen, choice, output=output, progress=progress)
    console.counts(asdict(result), as_json)


def _refuse_given(context: typer.Context, network: str) -> None:
    """Raise where an option is given that the network's recipe decides."""
    sources = [context.get_parameter_source(name) for name in _OF_RECIPE]
    if any(source is not None and source.name == "COMMANDLINE" for source in sources):
        raise ConfigError(
            f"{network} is trained by a fixed recipe, of which only {_CHANGEABLE} can change",
            fix="Leave the other options out, or give your network another name: cxr train reports NAME ...",
        )


@cli.command("images")
def images(
    folder: ImageFolder,
    network: Annotated[str, typer.Argument(help="Name to give the network.")] = "image_findings",
    architecture: Annotated[
        str | None,
        typer.Option(
            help="Architecture, any of timm: resnet50, densenet121, ...", show_default="the packaged one",
            rich_help_panel=NETWORK,
        ),
    ] = None,
    initial_weights: InitialWeights = None,
    resolution: Annotated[
        int | None,
        typer.Option(
            min=16, help="Rows and columns of the input, in pixels.", show_default="224", rich_help_panel=NETWORK
        ),
    ] = None,
    frozen_stages: Annotated[
        int | None,
        typer.Option(
            help="Keep the initial weights of this many first stages.", show_default="the recipe's",
            rich_help_panel=NETWORK,
        ),
    ] = None,
    one_vs_rest: Annotated[
        bool, typer.Option("--one-vs-rest", help="Train a network for each finding.", rich_help_panel=NETWORK)
    ] = False,
    class_weights: Annotated[
        ClassWeights | None,
        typer.Option(
            help="Weigh positives in the loss. none: like negatives; root: by the root of negatives per positive.",
            show_default="none", rich_help_panel=NETWORK,
        ),
    ] = None,
    epochs: Epochs = None,
    batch_size: BatchSize = None,
    learning_rate: LearningRate = None,
    seed: Seed = 0,
    device: DeviceOption = "auto",
    dataset: TrainingDatasets = CHESTXRAY14,
    labeler: TrainingLabeler = "nih_nlp",
    policy: Policy = "u_ignore",
    finding: SchemeFindings = DEFAULT_FINDINGS,
    view: ViewOption = "frontal",
    split: SplitOption = "patient",
    folds: Folds = 0,
    note: Annotated[str | None, typer.Option(help="Put this note first on the network's card.")] = None,
    output: ZooOutput = None,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Train a network on images with the warehouse's labels and export it to ONNX with manifest and cards."""
    from models.training.image_recipe import make_recipe
    from models.training.images import train_images
    from models.training.sets import make_training_set
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
    chosen = make_training_set(
        "image", dataset or (), labeler, findings=finding or (), policy=policy, view=view, split=split
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
