"""``cxr study resolution`` and ``cxr study image-baseline``. Needs the extra 'train'."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from app import console
from app.options import AsJson, Warehouse
from warehouse.config import load_settings

if TYPE_CHECKING:
    from models.training.studies.images import Name

SUMMARIES: dict[Name, str] = {
    "resolution": "AUROC by image resolution: 256 to 2048 pixels, two architectures (Haque et al. 2023), resumable.",
    "image-baseline": (
        "One network a finding, four architectures, beside the published ResNet18 (its shifted table corrected)."
    ),
}
"""The studies, with what their help says."""

Images = Annotated[Path, typer.Option("--images", help="Folder of the image files, in any arrangement.")]
Dataset = Annotated[str, typer.Option(help="Data set of the images; the studies': mimic_cxr.")]
Labeler = Annotated[str, typer.Option(help="Whose labels; the studies': mimic_chexpert.")]
Findings = Annotated[str, typer.Option("--findings", help="Finding ids, or a scheme's name, with commas between.")]
Architecture = Annotated[
    list[str] | None, typer.Option(help="May be repeated; default: the study's.", show_default=False)
]
Resolution = Annotated[
    list[int] | None, typer.Option(min=16, help="May be repeated; default: the study's.", show_default=False)
]
InitialWeights = Annotated[str | None, typer.Option(help="imagenet, random, or a checkpoint file.")]
Epochs = Annotated[int | None, typer.Option(help="Upper limit of epochs.")]
BatchSize = Annotated[int | None, typer.Option(help="Images of a step.")]
Split = Annotated[Literal["patient", "release"], typer.Option(help="By the patient's id, or the release's own split.")]
Folds = Annotated[int, typer.Option(help="Measure by cross-validation in this many folds; 0: on the splits.")]
Seed = Annotated[int, typer.Option(help="Seed of everything random.")]
Device = Annotated[Literal["auto", "cpu", "cuda"], typer.Option(help="Where to train.")]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Folder; what is finished there is not trained again.",
                 show_default="cxr-studies/NAME"),
]  # fmt: skip


def command(name: Name, summary: str) -> Callable[..., None]:
    """Return the command of a study; the studies of images have the same options."""

    def study(
        images: Images,
        dataset: Dataset = "chestxray14",
        labeler: Labeler = "nih_nlp",
        finding: Findings = "chexpert14",
        architecture: Architecture = None,
        resolution: Resolution = None,
        initial_weights: InitialWeights = None,
        epochs: Epochs = None,
        batch_size: BatchSize = None,
        split: Split = "patient",
        folds: Folds = 0,
        seed: Seed = 0,
        device: Device = "auto",
        output: Output = None,
        warehouse: Warehouse = None,
        as_json: AsJson = False,
    ) -> None:
        from models.training.image_recipe import make_recipe
        from models.training.sets import TrainingSet, expand_findings
        from models.training.studies import images as study_images
        from warehouse.connection import read_only

        settings, published = load_settings(warehouse=warehouse), study_images.published(name)
        chosen = TrainingSet(
            input="image", datasets=(dataset,), labeler=labeler, policy=published["policy"],
            findings=expand_findings(finding.split(",")), split=split,
        )  # fmt: skip
        # The frozen stages of the default recipe are those of its own architecture.
        given = {"initial_weights": initial_weights, "epochs": epochs, "batch_size": batch_size}
        chosen_here = {name: value for name, value in given.items() if value is not None}
        recipe = make_recipe(
            **{"frozen_stages": 0, "outputs": published["outputs"]} | published.get("recipe", {}) | chosen_here
        )
        cells = study_images.grid(
            recipe, architecture or published["architectures"], resolution or published["resolutions"]
        )
        folder = output or Path("cxr-studies") / name
        with console.progress() as progress, read_only(settings.warehouse) as con:
            result = study_images.run(
                con, settings, name, chosen, images, cells, folder,
                folds=folds, seed=seed, device=device, progress=progress,
            )  # fmt: skip
        if as_json:
            console.emit_json(result)
        else:
            console.say(study_images.page(result))
            console.say(f"Written to {folder}")

    study.__doc__ = summary
    return study
