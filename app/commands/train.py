"""``cxr train``: networks from the warehouse into the zoo. Needs the extra 'train'."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from app import console
from app.options import AsJson, Warehouse
from warehouse.config import load_settings
from warehouse.errors import ConfigError

cli = typer.Typer(
    help="Train a network on the warehouse and export it to ONNX, with manifest and card.", no_args_is_help=True
)

RECIPE = "report_findings"


@cli.command("reports")
def reports(
    network: Annotated[
        str, typer.Argument(help=f"Name of the network. {RECIPE} has a recipe of its own; any other takes the options.")
    ] = RECIPE,
    backbone: Annotated[
        str | None,
        typer.Option(
            help="compact (no download), bert-base, clinical-bert, biobert, cxr-bert-general, "
            "cxr-bert-specialized, s-pubmedbert, a hub id, or a folder.",
            show_default="compact",
        ),
    ] = None,
    head: Annotated[str | None, typer.Option(help="pooled, cnn or bilstm.", show_default="pooled")] = None,
    dataset: Annotated[str | None, typer.Option(help="Data set of the reports.", show_default="openi")] = None,
    labeler: Annotated[str | None, typer.Option(help="Whose labels are learned.", show_default="cxr")] = None,
    policy: Annotated[str | None, typer.Option(help="How labels become targets.", show_default="u_ignore")] = None,
    text: Annotated[
        str | None,
        typer.Option(help="findings, impression or findings+impression.", show_default="findings+impression"),
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="patient, or the release's own: release.", show_default="patient")
    ] = None,
    studies: Annotated[
        Path | None, typer.Option(help="CSV with a column study_id or uid: the only studies to take.")
    ] = None,
    max_length: Annotated[int | None, typer.Option(help="Tokens that are read.", show_default="512")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Reports.", show_default="32")] = None,
    learning_rate: Annotated[float | None, typer.Option(show_default="6e-6, compact 4e-3")] = None,
    epochs: Annotated[int | None, typer.Option(help="Upper limit of epochs.")] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu or cuda.", show_default="auto")] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Zoo folder to write into; default: yours (CXR_ZOO).")
    ] = None,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
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
                    f"{RECIPE} has a recipe of its own, which takes --studies, --epochs, --batch-size, "
                    "--learning-rate and --seed",
                    fix="Give your network another name: cxr train reports NAME --backbone ...",
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


def training_set(studies: Path | None, dataset: str = "openi", labeler: str = "cxr", **options: Any) -> Any:
    """Return the training set of reports that the options describe."""
    from pydantic import ValidationError

    from models.training.sets import TrainingSet

    try:
        return TrainingSet(
            input="report", datasets=(dataset.replace("-", "_"),), labeler=labeler, studies=studies, **options
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(f"--{first['loc'][0]} {first['input']}: {first['msg'].lower()}") from None


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
