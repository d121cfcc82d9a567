"""``cxr study``: published studies run on the warehouse, their figures beside ours. Needs the extra 'train'."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from app import console
from app.options import (
    CHESTXRAY14,
    OPENI,
    AsJson,
    BatchSize,
    DeviceOption,
    Epochs,
    Folds,
    ImageFolder,
    InitialWeights,
    Policy,
    SchemeFindings,
    Seed,
    SplitOption,
    StudyList,
    TextOption,
    TrainingDatasets,
    TrainingLabeler,
    Warehouse,
)
from warehouse.choices import ImageStudy
from warehouse.config import load_settings
from warehouse.errors import ConfigError

cli = typer.Typer(
    help="Repeat a published study on the warehouse and show its figures beside ours.", no_args_is_help=True
)

FOLDER = Path("cxr-studies")
FINDINGS = ["chexpert14"]
GRID = "Grid of networks"


@cli.command("images")
def images(
    study: Annotated[
        ImageStudy,
        typer.Argument(
            help="Study to repeat. resolution compares two architectures at 256 to 2048 pixels (Haque et al. 2023). "
            "image-baseline trains one network for each finding in four architectures, beside the published ResNet18, "
            "whose table is shifted by a row and corrected here."
        ),
    ],
    folder: ImageFolder,
    architecture: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Train only this architecture, any of timm; repeat for more.",
            show_default="the study's",
            rich_help_panel=GRID,
        ),
    ] = None,
    resolution: Annotated[
        list[int] | None,
        typer.Option(
            min=16, metavar="PIXELS", help="Train only at this resolution; repeat for more.",
            show_default="the study's",
            rich_help_panel=GRID,
        ),
    ] = None,
    initial_weights: InitialWeights = None,
    epochs: Epochs = None,
    batch_size: BatchSize = None,
    seed: Seed = 0,
    device: DeviceOption = "auto",
    dataset: TrainingDatasets = CHESTXRAY14,
    labeler: TrainingLabeler = "nih_nlp",
    finding: SchemeFindings = FINDINGS,
    split: SplitOption = "patient",
    folds: Folds = 0,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Folder to write networks, figures and a page into; what is finished there is kept.",
            show_default=f"{FOLDER}/STUDY",
        ),
    ] = None,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Repeat a study of images: train its grid of networks, show their figures beside the published ones.

    Both studies used mimic-cxr with the labels of mimic_chexpert. A run that stopped goes on where it was.
    """
    from models.training.image_recipe import make_recipe
    from models.training.sets import make_training_set
    from models.training.studies import images as studies
    from warehouse.connection import read_only

    settings, published = load_settings(warehouse=warehouse), studies.published(study)
    chosen = make_training_set(
        "image", dataset or (), labeler, findings=finding or (), policy=published["policy"], split=split
    )
    # The frozen stages of the default recipe are those of its own architecture.
    given = {"initial_weights": initial_weights, "epochs": epochs, "batch_size": batch_size}
    recipe = make_recipe(
        **{"frozen_stages": 0, "outputs": published["outputs"]}
        | published.get("recipe", {})
        | {name: value for name, value in given.items() if value is not None}
    )
    cells = studies.grid(recipe, architecture or published["architectures"], resolution or published["resolutions"])
    target = output or FOLDER / study
    with console.progress() as progress, read_only(settings.warehouse) as con:
        result = studies.run(
            con, settings, study, chosen, folder, cells, target,
            folds=folds, seed=seed, device=device, progress=progress,
        )  # fmt: skip
    _show(result, studies.page(result), target, as_json=as_json)


@cli.command("reports")
def reports(
    backbone: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Train only this backbone; repeat for more.",
            show_default="the paper's six", rich_help_panel=GRID
        ),
    ] = None,
    head: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Train only this head, pooled, cnn or bilstm; repeat for more.",
            show_default="all",
            rich_help_panel=GRID,
        ),
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TOKENSxBATCH", help="Train only with this many tokens and reports a step; repeat for more.",
            show_default="128x32, 256x64", rich_help_panel=GRID,
        ),
    ] = None,
    epochs: Epochs = None,
    seed: Seed = 0,
    device: DeviceOption = "auto",
    dataset: TrainingDatasets = OPENI,
    labeler: TrainingLabeler = "cxr",
    policy: Policy = "u_ignore",
    text: TextOption = "findings",
    split: SplitOption = "patient",
    studies: StudyList = None,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="Folder to write figures and a page into; what is finished there is kept."),
    ] = FOLDER / "text-baseline",
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Repeat the text baseline (IEEE Access 10529271): 14 labels, six language models, three heads.

    The paper learned the labels of mimic_chexpert from the FINDINGS of mimic-cxr's reports. A run that stopped goes on
    where it was.
    """
    from models.training.nets.transformer import known_backbones
    from models.training.sets import make_training_set
    from models.training.studies import texts
    from warehouse.connection import read_only

    settings = load_settings(warehouse=warehouse)
    chosen = make_training_set(
        "report", dataset or (), labeler, findings=FINDINGS, policy=policy, text=text, split=split, studies=studies
    )
    cells = texts.grid(
        backbone or list(known_backbones()),
        head or ["pooled", "cnn", "bilstm"],
        [_setting(each) for each in setting or texts.SETTINGS],
        epochs=epochs,
        device=device,
        seed=seed,
    )
    with console.progress() as progress, read_only(settings.warehouse) as con:
        result = texts.run(con, settings, chosen, cells, output, progress=progress)
    _show(result, texts.page(result), output, as_json=as_json)


def _show(result: dict[str, Any], page: str, folder: Path, *, as_json: bool) -> None:
    if as_json:
        console.emit_json(result)
    else:
        console.out().print(page, soft_wrap=True, markup=False)
        console.say(f"Written to {folder}")


def _setting(text: str) -> tuple[int, int]:
    length, _, size = text.partition("x")
    if not (length.isdecimal() and size.isdecimal()):
        raise ConfigError(f"'{text}' is not a setting", fix="Give tokens x batch size: 128x32")
    return int(length), int(size)
