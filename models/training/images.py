"""Train an image network on the warehouse's labels and put it into a zoo. Needs the extra 'train'."""

from __future__ import annotations

import time
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.feather
from numpy.typing import NDArray

from models.network import registry
from models.network.image_files import locate
from models.network.inference import open_network
from models.network.manifest import Described, TrainingData
from models.training import pixel_cache, set_card, sets
from models.training.fit_images import FittedImages, create, cross_validate, fit, fit_all
from models.training.image_examples import Examples, predict_onnx
from models.training.image_recipe import ImageRecipe
from models.training.nets import torch
from models.training.nets.device import choose_device, device_name, precision
from models.training.onnx_export import export_image_network
from models.training.patients import patient_folds
from models.training.publish import TrainResult, publish, result, training, training_data
from models.training.sets import Items, TrainingSet
from models.training.thresholds import Quality, choose_thresholds, measure_items
from warehouse.choices import Device
from warehouse.config import Settings
from warehouse.errors import ConfigError, SourceError, WarehouseError
from warehouse.progress import Progress

PREDICTIONS = ".predictions"
"""Below the user's zoo: what cross-validation gave each image."""

NAME, VERSION = "image_findings", "1.0.0"
_FIX = "Split by patient (--split patient), or measure by cross-validation (--folds)"


def train_images(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    chosen: TrainingSet,
    images: Path,
    recipe: ImageRecipe,
    *,
    name: str = NAME,
    zoo: Path | None = None,
    folds: int = 0,
    seed: int = 0,
    device: Device = "auto",
    note: str | None = None,
    progress: Progress | None = None,
) -> TrainResult:
    """Train an image network, measure it on patients it has not seen, export it into a zoo.

    The same warehouse, images, seed, number of threads and torch version give the same weights on a CPU.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A warehouse that `cxr build` has built; read only.
    settings : Settings
        ``threads`` of torch and of decoding; decoded images are kept below ``zoo``.
    chosen : TrainingSet
    images : Path
        Folder of the image files, in any arrangement (`models.network.image_files.locate`).
    recipe : ImageRecipe
    name : str
        Of the network.
    zoo : Path, optional
        Zoo to write ``<name>/<version>`` into; default the user's. A folder that is there is replaced.
    folds : int
        0: trained on the training split, chosen on validation, measured on test. Otherwise the number of parts, split
        by patient, that cross-validation measures it on; the network is then trained on all images.
    seed : int
    device : {'auto', 'cpu', 'cuda'}
    note : str, optional
        What a reader of the card should know first.
    progress : callable, optional
        Called with a name for the step, steps done and steps in all.

    Raises
    ------
    ConfigError
        The recipe, the device or the number of folds cannot be used.
    WarehouseError
        No labels, a patient in two splits, or an empty split.
    SourceError
        No image of the training set is in the folder.
    CxrError
        The exported network does not compute what torch computes.
    """
    clock = time.perf_counter()
    registry.check_name(name)
    if folds == 1 or folds < 0:
        raise ConfigError("cross-validation needs two folds or more")
    torch.set_num_threads(settings.threads)
    place = choose_device(device)
    items, files, n_without_file = _with_files(sets.read(con, chosen), images)
    # What is wrong with architecture or weights shows before hours of decoding.
    _, initial_weights = create(recipe, items.targets, seed)
    preprocessing = recipe.preprocessing()
    pixels = pixel_cache.read_pixels(
        files, preprocessing, settings.zoo / pixel_cache.FOLDER, threads=settings.threads, progress=progress
    )
    readable = np.flatnonzero(pixels.is_readable)
    n_left_out = {"without_file": n_without_file, "unreadable": len(files) - len(readable)}
    items = items.take(readable)
    examples = Examples(pixels.levels, readable, items.targets)
    parts = {"cross-validation": items} if folds else items.by_split(fix=_FIX)
    data = _training_data(parts, chosen, folds, n_left_out)
    described = Described(
        name=name,
        version=VERSION,
        input="image",
        findings=list(items.findings),
        training_data=data,
        licence=f"Data: {data.licence}. Initial weights: {initial_weights}",
        note=note,
    )
    fitted, scores = _fitted(recipe, examples, items, folds, seed, place, progress)
    trained = training(
        fitted.network,
        architecture=recipe.architecture,
        initial_weights=initial_weights,
        seed=seed,
        device=device_name(place),
        threads=settings.threads,
        epochs=fitted.epochs,
        recipe={"folds": folds, "precision": precision(place), **recipe.as_table()},
    )

    def export(weights: Path) -> float:
        return export_image_network(fitted.network, items.findings, preprocessing, weights)

    def measure(weights: Path) -> Quality:
        if scores is not None:
            _keep(items, scores, settings.zoo / PREDICTIONS / f"{name}.arrow")
            return _measured(items, scores, items, scores, _IN_FOLDS.format(folds))
        network = open_network(weights, threads=settings.threads, provider="cpu")
        found = predict_onnx(network.run, examples, items.places("validation", "test"))
        validation, test = (found[items.places(split)] for split in ("validation", "test"))
        return _measured(parts["validation"], validation, parts["test"], test, _IN_SPLITS)

    target, card = zoo or settings.zoo, set_card.card(items, chosen, folds=folds)
    written = publish(
        target,
        described,
        preprocessing,
        trained,
        export=export,
        measure=measure,
        beside={set_card.CARD_FILE: card},
    )
    return result(target, written, time.perf_counter() - clock, n_left_out=n_left_out)


def _with_files(items: Items, images: Path) -> tuple[Items, list[Path], int]:
    """Return the items whose image is in the folder, the files, and how many items have none."""
    found = locate(images, items.rows["path"].to_pylist())
    kept = np.array([i for i, file in enumerate(found) if file is not None], dtype=np.int64)
    if not len(kept):
        raise SourceError(
            "holds no image of the training set", where=images, fix="Name the folder that has its files with --images"
        )
    return items.take(kept), [file for file in found if file is not None], len(found) - len(kept)


def _fitted(
    recipe: ImageRecipe,
    examples: Examples,
    items: Items,
    folds: int,
    seed: int,
    device: str,
    progress: Progress | None,
) -> tuple[FittedImages, NDArray[np.float32] | None]:
    """Train; with folds, return the probabilities of cross-validation too."""
    if not folds:
        training_part, validation = items.places("train"), items.places("validation")
        return fit(recipe, examples, training_part, validation, seed=seed, device=device, progress=progress), None
    assigned = patient_folds(items.rows, folds)
    if len(set(assigned.tolist())) < folds:
        raise WarehouseError(f"too few patients for {folds} folds", where="training set")
    scores, epochs = cross_validate(recipe, examples, assigned, seed=seed, device=device, progress=progress)
    return fit_all(recipe, examples, epochs, seed=seed, device=device, progress=progress), scores


def _keep(items: Items, scores: NDArray[np.float32], path: Path) -> None:
    """Write the probabilities of cross-validation beside the ids of the images."""
    table = items.rows.select(["dataset", "image_id"])
    for i, finding in enumerate(items.findings):
        table = table.append_column(finding, pa.array(scores[:, i]))
    path.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.feather.write_feather(table, str(path))


def _measured(
    choosing: Items,
    choosing_scores: NDArray[np.float32],
    measured: Items,
    measured_scores: NDArray[np.float32],
    in_words: str,
) -> Quality:
    """Choose thresholds on some items and measure on others."""
    thresholds = choose_thresholds(choosing, choosing_scores)
    return Quality(measure_items(measured, measured_scores, thresholds), in_words, thresholds)


_IN_SPLITS = "Images of the test split: of patients who are in no other. Thresholds are from the validation split."
_IN_FOLDS = (
    "{}-fold cross-validation split by patient: each image by a network that has seen no image of its patient. One "
    "epoch was chosen for all folds on these predictions, and so were the thresholds: precision, recall and F1 are a "
    "little optimistic. The network itself was then trained on all of the images."
)


def _training_data(
    parts: dict[str, Items], chosen: TrainingSet, folds: int, n_left_out: dict[str, int]
) -> TrainingData:
    views = "All" if chosen.view == "any" else chosen.view.capitalize()
    return training_data(
        chosen.datasets,
        parts,
        licence_note="Whoever passes the network on should clear that with it.",
        split_rule=f"md5(dataset:patient_id) as an integer modulo {folds}" if folds else chosen.split_rule(),
        targets=dict.fromkeys(next(iter(parts.values())).findings, chosen.labeler),
        uncertain_policy=chosen.policy,
        selection=(
            f"{views} images whose file was at hand; {n_left_out['without_file']} others have labels but no file, "
            f"{n_left_out['unreadable']} files could not be read."
        ),
    )
