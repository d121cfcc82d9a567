"""Published image studies trained on the warehouse's images, their figures beside ours. Needs the extra 'train'."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml

from models.network import manifest
from models.network.manifest import Manifest
from models.training import sets
from models.training.image_recipe import ImageRecipe
from models.training.images import VERSION, train_images
from models.training.sets import TrainingSet
from models.training.studies.cells import measure_cells, write_json
from warehouse import findings
from warehouse.choices import Device, ImageStudy
from warehouse.config import Settings
from warehouse.errors import SourceError
from warehouse.progress import Progress

PUBLISHED = Path(__file__).with_name("images.yml")
RESULT_FILE, PAGE_FILE = "study.json", "STUDY.md"


@dataclass(frozen=True)
class ImageCell:
    """One network of a study's grid."""

    name: str
    recipe: ImageRecipe


def published(study: ImageStudy) -> dict[str, Any]:
    """Return a study's title, source, setting, grid and figures."""
    described: dict[str, Any] = yaml.safe_load(PUBLISHED.read_text(encoding="utf-8"))[study]
    return described


def grid(recipe: ImageRecipe, architectures: Sequence[str], resolutions: Sequence[int]) -> list[ImageCell]:
    """Return the recipe in every architecture and resolution."""
    return [
        ImageCell(
            f"{architecture.replace('.', '_')}_{resolution}",
            recipe.model_copy(update={"architecture": architecture, "resolution": resolution}),
        )
        for architecture in architectures
        for resolution in resolutions
    ]


def run(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    study: ImageStudy,
    chosen: TrainingSet,
    images: Path,
    cells: Sequence[ImageCell],
    folder: Path,
    *,
    folds: int = 0,
    seed: int = 0,
    device: Device = "auto",
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Train the cells that the folder does not have yet; write the table as Markdown and JSON.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A warehouse that `cxr build` has built; read only.
    settings : Settings
    study : {'resolution', 'image-baseline'}
    chosen : TrainingSet
    images : Path
        Folder of the image files.
    cells : sequence of ImageCell
    folder : Path
        A zoo with a network for each cell, and ``cells/NAME.json`` with its figures; one of another recipe, seed or
        training set is trained anew.
    folds, seed, device, progress
        As `models.training.images.train_images`.

    Returns
    -------
    dict
        The published study, the training set, and figures by cell and finding.
    """
    items = sets.read(con, chosen)

    def key(cell: ImageCell) -> dict[str, Any]:
        return {
            "recipe": cell.recipe.model_dump(mode="json"),
            "training_set": chosen.model_dump(mode="json"),
            "items": items.sha,
            "images": str(images.resolve()),
            "folds": folds,
            "seed": seed,
        }

    def measure(cell: ImageCell) -> dict[str, Any]:
        made = train_images(
            con, settings, chosen, images, cell.recipe, name=cell.name, zoo=folder, folds=folds, seed=seed,
            device=device, progress=progress,
        )  # fmt: skip
        return _figures(cell, manifest.read(made.folder))

    def is_there(cell: ImageCell) -> bool:
        return (folder / cell.name / VERSION / manifest.MANIFEST_FILE).exists()

    done = measure_cells(cells, folder, key, measure, progress, is_there)
    result = {"study": study, **published(study), "training_set": chosen.model_dump(mode="json"), "cells": done}
    write_json(folder / RESULT_FILE, result)
    (folder / PAGE_FILE).write_text(page(result), encoding="utf-8")
    return result


def page(result: dict[str, Any]) -> str:
    """Return the published table and ours, in Markdown."""
    cells, figures = result["cells"], result["published"]
    columns = list(dict.fromkeys(column for row in figures.values() for column in row))
    place = result["columns"].index("auroc")
    names = {finding: known.name for finding, known in findings.findings().items()} | {"mean": "Mean"}
    rows = list(dict.fromkeys([*(f for cell in cells for f in cell["findings"]), *figures]))
    head = ["finding", *(f"published, {column}" for column in columns), *(cell["name"] for cell in cells)]
    training, measured = result["training_set"], cells[0]["measured_on"] if cells else "nothing trained yet."
    lines = [
        f"# {result['title']}",
        "",
        f"AUROC. Published: {result['source']}. {result['setting'].strip()}",
        *(["", f"Note: {result['flag'].strip()}"] if "flag" in result else []),
        "",
        f"Here: {', '.join(training['datasets'])}, labels of {training['labeler']} ({training['policy']}). {measured} "
        "In brackets: 95% intervals.",
        "",
        f"| {' | '.join(head)} |",
        f"| --- |{' ---: |' * (len(head) - 1)}",
    ]
    for finding in sorted(rows, key=lambda row: row == "mean"):
        known = [f"{figures[finding][c][place]:.3f}" if c in figures.get(finding, {}) else "" for c in columns]
        ours = [_cell_text(cell["findings"].get(finding)) for cell in cells]
        lines.append(f"| {' | '.join([names[finding], *known, *ours])} |")
    return "\n".join(lines) + "\n"


def _figures(cell: ImageCell, measured: Manifest) -> dict[str, Any]:
    rows: dict[str, Any] = {
        finding: metrics.model_dump() for finding, metrics in measured.metrics.items() if metrics.auroc is not None
    }
    if not rows:
        raise SourceError("no finding of the study has a positive image to measure on", where=cell.name)
    mean = sum(row["auroc"] for row in rows.values()) / len(rows)
    return {
        "name": cell.name,
        "architecture": cell.recipe.architecture,
        "resolution": cell.recipe.resolution,
        "measured_on": measured.metrics_in_words,
        "findings": rows | {"mean": {"auroc": mean}},
    }


def _cell_text(figures: dict[str, Any] | None) -> str:
    if figures is None:
        return ""
    if figures.get("auroc_low") is None:
        return f"{figures['auroc']:.3f}"
    return f"{figures['auroc']:.3f} ({figures['auroc_low']:.3f} to {figures['auroc_high']:.3f})"
