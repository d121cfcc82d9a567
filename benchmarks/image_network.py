"""The image network of the zoo: its recipe in 5-fold cross-validation, split by patient, on ChestX-ray14's images.

    python -m benchmarks.image_network [--predictions FILE]

Trains the network as `cxr train images --folds 5` does, which keeps what cross-validation gave each image; or measures
such predictions that are there already. The warehouse, of ChestX-ray14's tables alone, is its own.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.feather
from numpy.typing import NDArray

from app import dbt
from benchmarks.setting import SHARED, machine, write_result
from models.evaluation import measures
from models.training import sets
from models.training.image_recipe import ImageRecipe
from models.training.images import PREDICTIONS, train_images
from models.training.sets import Items, TrainingSet, expand_findings
from warehouse import sources
from warehouse.config import Settings
from warehouse.connection import read_only, writing

NAME, N_FOLDS = "image_findings", 5
MIN_POSITIVE = 40
"""Positive images that a finding of the mean has at least."""

IMAGES = SHARED / "nih_images"
CHOSEN = TrainingSet(
    input="image",
    datasets=("chestxray14",),
    labeler="nih_nlp",
    findings=expand_findings(["chestxray14", "no_finding"]),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--predictions", type=Path, help="out-of-fold predictions of an earlier training")
    given = parser.parse_args().predictions
    if not IMAGES.exists():
        print(f"{IMAGES} is not here: nothing to measure")
        return
    description = machine()
    description["versions"] |= {package: version(package) for package in ("timm", "torch", "onnxruntime")}
    recipe = ImageRecipe()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(warehouse=Path(folder) / "warehouse.duckdb")
        with writing(settings.warehouse, settings) as con:
            sources.load_source(con, sources.get(CHOSEN.datasets[0]), None, settings)
        dbt.build(settings)
        with read_only(settings.warehouse) as con:
            seconds = None
            if given is None:
                zoo = Path(folder)
                made = train_images(con, replace(settings, zoo=zoo), CHOSEN, IMAGES, recipe, zoo=zoo, folds=N_FOLDS)
                given, seconds = zoo / PREDICTIONS / f"{NAME}.arrow", made.seconds
            items, scores = predictions(sets.read(con, CHOSEN), given)
    published = {row["image"].removesuffix(".jpg"): row for row in _rows(IMAGES / "labels.csv")}
    result = {
        "machine": description,
        "n_images": items.rows.num_rows,
        "n_patients": items.n_patients,
        "n_folds": N_FOLDS,
        "recipe": {"architecture": recipe.architecture, "initial_weights": recipe.initial_weights} | recipe.as_table(),
        "seconds": seconds,
        "n_labels_unlike_the_folder": disagreements(items, published),
        **measure(items, scores, [published[image.split(".")[0]] for image in items.rows["image_id"].to_pylist()]),
    }
    print(f"wrote {write_result('image_network', result)}")
    for row in result["findings"] + result["pneumonia_against_no_finding"]:
        print("{name:38} {n_positive:4} of {n_items:4}  AUROC {auroc:.3f} ({low:.3f} to {high:.3f})".format(**row))
    mean = result["mean_auroc"]
    print("mean of {n_findings} with {min_positive} positives: {auroc:.3f} ({low:.3f} to {high:.3f})".format(**mean))


def predictions(items: Items, path: Path) -> tuple[Items, NDArray[np.float64]]:
    """Return the items that have predictions, and the probabilities (n_items, n_findings)."""
    table = pyarrow.feather.read_table(str(path))
    place = {image: i for i, image in enumerate(table["image_id"].to_pylist())}
    kept = [i for i, image in enumerate(items.rows["image_id"].to_pylist()) if image in place]
    chosen = items.take(np.array(kept))
    order = [place[image] for image in chosen.rows["image_id"].to_pylist()]
    columns = [table[finding].to_numpy()[order] for finding in chosen.findings]
    return chosen, np.column_stack(columns).astype(np.float64)


def measure(items: Items, scores: NDArray[np.float64], published: list[dict[str, str]]) -> dict[str, Any]:
    """Return AUROC of each finding, of pneumonia against no finding by view and draw, and the mean of the findings."""
    targets, patients = items.targets.astype(np.float64), np.array(items.rows["patient_id"].to_pylist())
    rows = [_row(name, targets[:, i], scores[:, i], patients) for i, name in enumerate(items.findings)]
    pneumonia, no_finding = (items.findings.index(name) for name in ("pneumonia", "no_finding"))
    is_either = (targets[:, pneumonia] == 1) | (targets[:, no_finding] == 1)
    views = np.array([row["view"] for row in published])
    drawn = np.array([row["source"] for row in published])
    parts = {
        "pneumonia against no finding": is_either,
        "the same, PA": is_either & (views == "PA"),
        "the same, AP": is_either & (views == "AP"),
        "the same, images drawn at random": is_either & (drawn == "random"),
    }
    supported = [
        i for i, name in enumerate(items.findings) if name != "no_finding" and np.nansum(targets[:, i]) >= MIN_POSITIVE
    ]
    return {
        "findings": rows,
        "pneumonia_against_no_finding": [
            _row(name, targets[part, pneumonia], scores[part, pneumonia], patients[part])
            for name, part in parts.items()
        ],
        "projection_alone": _row(
            "AP taken for pneumonia",
            targets[is_either, pneumonia],
            (views == "AP")[is_either] * 1.0,
            patients[is_either],
        ),
        "mean_auroc": {"n_findings": len(supported), "min_positive": MIN_POSITIVE}
        | _mean(targets[:, supported], scores[:, supported], patients),
    }


def disagreements(items: Items, published: dict[str, dict[str, str]]) -> int:
    """Return how many images have other labels in the warehouse than in the folder's own table."""
    names = {"pleural_effusion": "Effusion", "pleural_thickening": "Pleural_Thickening", "no_finding": "No Finding"}
    n = 0
    for image, targets in zip(items.rows["image_id"].to_pylist(), items.targets, strict=True):
        listed = set(published[image.split(".")[0]]["finding_labels"].split("|"))
        ours = {
            names.get(finding, finding.capitalize())
            for finding, target in zip(items.findings, targets, strict=True)
            if target == 1
        }
        n += listed != ours
    return n


def _row(
    name: str, targets: NDArray[np.float64], scores: NDArray[np.float64], patients: NDArray[np.str_]
) -> dict[str, Any]:
    codes = np.unique(patients, return_inverse=True)[1]
    found = measures.measure(targets, scores, measures.THRESHOLD, codes)
    return {
        "name": name,
        "n_items": found.n_items,
        "n_positive": found.n_positive,
        "auroc": found.auroc,
        "low": found.auroc_low,
        "high": found.auroc_high,
        "auprc": found.auprc,
    }


def _mean(targets: NDArray[np.float64], scores: NDArray[np.float64], patients: NDArray[np.str_]) -> dict[str, float]:
    """Return the mean AUROC over findings with its interval over resamples of patients."""
    codes = np.unique(patients, return_inverse=True)[1]
    drawn = measures.draws(int(codes.max()) + 1)
    areas = np.mean(
        [measures.areas(targets[:, i], scores[:, i], codes, drawn)[0] for i in range(targets.shape[1])], axis=0
    )
    low, high = np.nanpercentile(areas[1:], [2.5, 97.5])
    return {"auroc": float(areas[0]), "low": float(low), "high": float(high)}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    main()
