"""``cxr train``: networks from the warehouse into the zoo. Needs the extra 'train'."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from app import console
from app.options import (
    NETWORK,
    SET,
    AsJson,
    BatchSize,
    DeviceOption,
    Epochs,
    Folds,
    ImageFolder,
    InitialWeights,
    LearningRate,
    Seed,
    SplitOption,
    StudyList,
    ViewOption,
    Warehouse,
    ZooOutput,
)
from warehouse.choices import ClassWeights, Device, ReportText, Split
from warehouse.config import load_settings
from warehouse.errors import ConfigError
from warehouse.names import dataset_of

cli = typer.Typer(
    help="Train a network on the warehouse and export it to ONNX, with manifest and card.", no_args_is_help=True
)

RECIPE = "report_findings"
DEFAULT_FINDINGS = ["chestxray14", "no_finding"]
"""What an image network learns."""


@cli.command("reports")
def reports(
    network: Annotated[
        str,
        typer.Argument(
            help=f"Name to give the network. {RECIPE} follows the recipe of the packaged network: of the options for "
            "network and training set it takes only --epochs and --studies."
        ),
    ] = RECIPE,
    backbone: Annotated[
        str | None,
        typer.Option(
            help="Backbone: compact (no download), bert-base, clinical-bert, biobert, cxr-bert-general, "
            "cxr-bert-specialized, s-pubmedbert, a hub id, or a folder.",
            show_default="compact", rich_help_panel=NETWORK,
        ),
    ] = None,
    head: Annotated[
        str | None,
        typer.Option(help="Head on it: pooled, cnn or bilstm.", show_default="pooled", rich_help_panel=NETWORK),
    ] = None,
    max_length: Annotated[
        int | None,
        typer.Option(help="Cut reports after this many tokens.", show_default="512", rich_help_panel=NETWORK),
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(help="Reports per training step.", show_default="32", rich_help_panel=NETWORK)
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(help="Learning rate.", show_default="6e-6; compact: 4e-3", rich_help_panel=NETWORK),
    ] = None,
    epochs: Epochs = None,
    device: Annotated[
        Device | None,
        typer.Option(
            help="Train here; auto: the GPU where there is one.", show_default="auto", rich_help_panel=NETWORK
        ),
    ] = None,
    seed: Seed = 0,
    dataset: Annotated[
        list[str] | None,
        typer.Option(
            "--dataset", "-d", metavar="NAME", parser=dataset_of, show_default="openi", rich_help_panel=SET,
            help="Train on this data set, e.g. mimic-cxr; repeat for more.",
        ),
    ] = None,
    labeler: Annotated[
        str | None,
        typer.Option(
            "--labeler", "-l", help="Learn the labels of this labeler, as in marts.dim_labeler.", show_default="cxr",
            rich_help_panel=SET,
        ),
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(
            help="How uncertain labels become targets, as in the seed label_policy, e.g. u_ones.",
            show_default="u_ignore", rich_help_panel=SET,
        ),
    ] = None,
    text: Annotated[
        ReportText | None,
        typer.Option(
            help="Take these sections of each report.", show_default="findings+impression", rich_help_panel=SET
        ),
    ] = None,
    split: Annotated[
        Split | None,
        typer.Option(
            help="Split by the patient's id, or as the release does.", show_default="patient", rich_help_panel=SET
        ),
    ] = None,
    studies: StudyList = None,
    output: ZooOutput = None,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Train a network on the warehouse's reports and export it to ONNX with its manifest and card (extra 'train')."""
    from warehouse.connection import read_only

    settings = load_settings(warehouse=warehouse)
    set_options = _given(dataset=dataset, labeler=labeler, policy=policy, text=text, split=split)
    net_options = _given(
        backbone=backbone, head=head, max_tokens=max_length, batch_size=batch_size, learning_rate=learning_rate,
        device=device,
    )  # fmt: skip
    with console.progress() as progress, read_only(settings.warehouse) as con:
        if network == RECIPE:
            from models.training.report_findings import read_recipe, train

            changes = {name: net_options.pop(name, None) for name in ("batch_size", "learning_rate")}
            if set_options or net_options:
                raise ConfigError(
                    f"{RECIPE} follows a fixed recipe: of these options it takes only --studies, --epochs, "
                    "--batch-size, --learning-rate and --seed",
                    fix="Leave the others out, or give your network another name: cxr train reports NAME ...",
                )
            recipe = read_recipe(network).changed(epochs=epochs, **changes)
            result = train(con, settings, recipe, studies=studies, output=output, seed=seed, progress=progress)
        else:
            from models.training.fit_reports import Choice
            from models.training.reports import train_texts

            chosen = training_set(studies, **set_options)
            choice = Choice(**net_options, epochs=epochs, seed=seed)
            result = train_texts(con, settings, network, chosen, choice, output=output, progress=progress)
    console.counts(asdict(result), as_json)


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def training_set(studies: Path | None, dataset: list[str] | None = None, labeler: str = "cxr", **options: Any) -> Any:
    """Return the training set of reports that the options describe."""
    from pydantic import ValidationError

    from models.training.sets import TrainingSet

    try:
        return TrainingSet(
            input="report", datasets=tuple(dataset or ["openi"]), labeler=labeler, studies=studies, **options
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(f"--{first['loc'][0]} {first['input']}: {first['msg'].lower()}") from None


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
    dataset: Annotated[
        list[str] | None,
        typer.Option(
            "--dataset", "-d", metavar="NAME", parser=dataset_of, show_default="chestxray14", rich_help_panel=SET,
            help="Train on this data set, e.g. mimic-cxr; repeat for more.",
        ),
    ] = None,
    labeler: Annotated[
        str,
        typer.Option(
            "--labeler", "-l", help="Learn the labels of this labeler, as in marts.dim_labeler.", rich_help_panel=SET
        ),
    ] = "nih_nlp",
    policy: Annotated[
        str,
        typer.Option(
            help="How uncertain labels become targets, as in the seed label_policy, e.g. u_ones.", rich_help_panel=SET
        ),
    ] = "u_ignore",
    finding: Annotated[
        list[str] | None,
        typer.Option(
            "--finding", "-f", metavar="ID", show_default="chestxray14, no_finding", rich_help_panel=SET,
            help="Learn this finding, or those of a scheme: chexpert14, chestxray14; repeat for more.",
        ),
    ] = None,
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
    from models.training.sets import TrainingSet, expand_findings
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
        findings=expand_findings(finding or DEFAULT_FINDINGS),
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
