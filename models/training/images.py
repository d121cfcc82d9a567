"""Train an image network on the warehouse's labels and put it into a zoo. Needs the extra 'train'."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.feather
from numpy.typing import NDArray

from models.evaluation import measures
from models.network import manifest, registry
from models.network.image_files import locate
from models.network.inference import open_network
from models.network.splits import SPLITS
from models.training import pixel_cache
from models.training import sets as training_sets
from models.training.export_images import export_image_network
from models.training.fit_images import Examples, Fitted, Progress, create, cross_validate, fit, fit_all, predict_onnx
from models.training.image_recipe import Recipe
from models.training.nets import torch
from models.training.nets.device import choose_device, device_name, precision
from models.training.publish import Quality, publish, training, training_data
from models.training.sets import Items, TrainingSet
from warehouse.choices import Device
from warehouse.config import Settings
from warehouse.errors import ConfigError, SourceError, WarehouseError

PREDICTIONS = ".predictions"
"""Below the user's zoo: what cross-validation gave each image."""

NAME, VERSION = "image_findings", "1.0.0"

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class TrainResult:
    """What a training made."""

    name: str
    version: str
    folder: Path
    n_images: int
    n_without_file: int
    """Images of the training set that are not in the folder."""
    n_unreadable: int
    epochs: list[int]
    mean_auroc: float | None
    """Mean over the findings with a positive."""
    device: str
    megabytes: float
    seconds: float


def train_images(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    chosen: TrainingSet,
    images: Path,
    recipe: Recipe,
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
    recipe : Recipe
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
    items, files, n_without_file = _with_files(training_sets.read(con, chosen), images)
    create(recipe, items.targets, seed)  # what is wrong with architecture or weights shows before hours of decoding
    preprocessing = recipe.preprocessing()
    pixels = pixel_cache.read_pixels(
        files, preprocessing, settings.zoo / pixel_cache.FOLDER, threads=settings.threads, progress=progress
    )
    readable = np.flatnonzero(pixels.is_readable)
    items = items.take(readable)
    examples = Examples(pixels.levels, readable, items.targets)
    fitted, scores = _fitted(recipe, examples, items, folds, seed, place, progress)
    target = zoo or settings.zoo
    data = _training_data(items, chosen, folds, n_without_file, len(files) - len(readable))
    described = {
        "name": name,
        "version": VERSION,
        "input": "image",
        "findings": list(items.findings),
        "preprocessing": preprocessing,
        "training_data": data,
        "training": training(
            fitted.network,
            settings.threads,
            architecture=recipe.architecture,
            initial_weights=fitted.initial_weights,
            seed=seed,
            device=device_name(place),
            n_members=len(fitted.epochs),
            epochs=fitted.epochs,
            recipe={"folds": folds, "precision": precision(place)} | recipe.as_table(),
        ),
        "note": note,
        "licence": f"Data: {data.licence}. Initial weights: {fitted.initial_weights}",
    }

    def export(weights: Path) -> float:
        return export_image_network(fitted.network, items.findings, preprocessing, weights)

    def measure(weights: Path) -> Quality:
        if scores is not None:
            _keep(items, scores, settings.zoo / PREDICTIONS / f"{name}.arrow")
            everything = np.ones(len(readable), dtype=bool)
            return _measure(items, scores, everything, everything, n_folds=folds)
        network = open_network(weights, threads=settings.threads, provider="cpu")
        found = predict_onnx(network.run, examples, np.flatnonzero(_of_split(items, "validation", "test")))
        return _measure(items, found, _of_split(items, "validation"), _of_split(items, "test"))

    card = training_sets.card(items, chosen, folds=folds)
    written = publish(target, described, export, measure, beside={training_sets.CARD_FILE: card})
    known = [metrics.auroc for metrics in written.metrics.values() if metrics.auroc is not None]
    return TrainResult(
        name=name,
        version=VERSION,
        folder=target / name / VERSION,
        n_images=len(readable),
        n_without_file=n_without_file,
        n_unreadable=len(files) - len(readable),
        epochs=fitted.epochs,
        mean_auroc=float(np.mean(known)) if known else None,
        device=written.training.device if written.training else "",
        megabytes=(target / name / VERSION / manifest.WEIGHTS_FILE).stat().st_size / 1e6,
        seconds=time.perf_counter() - clock,
    )


def patient_folds(items: Items, n_folds: int) -> NDArray[np.int64]:
    """Return the fold of each item: md5 of data set and patient, modulo the number of folds."""
    keys = zip(items.rows["dataset"].to_pylist(), items.rows["patient_id"].to_pylist(), strict=True)
    return np.array([int(hashlib.md5(f"{d}:{p}".encode()).hexdigest(), 16) % n_folds for d, p in keys])  # noqa: S324


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
    recipe: Recipe,
    examples: Examples,
    items: Items,
    folds: int,
    seed: int,
    device: str,
    progress: Progress | None,
) -> tuple[Fitted, NDArray[np.float32] | None]:
    """Train; with folds, return the probabilities of cross-validation too."""
    if folds:
        assigned = patient_folds(items, folds)
        if len(set(assigned.tolist())) < folds:
            raise WarehouseError(f"too few patients for {folds} folds", where="training set")
        scores, epochs = cross_validate(recipe, examples, assigned, seed=seed, device=device, progress=progress)
        return fit_all(recipe, examples, epochs, seed=seed, device=device, progress=progress), scores
    places = {split: np.flatnonzero(_of_split(items, split)) for split in SPLITS}
    if empty := [split for split, chosen in places.items() if not len(chosen)]:
        raise WarehouseError(
            f"no image in the split '{empty[0]}'", where="training set", fix="With few images use --folds"
        )
    fitted = fit(recipe, examples, places["train"], places["validation"], seed=seed, device=device, progress=progress)
    return fitted, None


def _keep(items: Items, scores: NDArray[np.float32], path: Path) -> None:
    """Write the probabilities of cross-validation beside the ids of the images."""
    table = items.rows.select(["dataset", "image_id"])
    for i, finding in enumerate(items.findings):
        table = table.append_column(finding, pa.array(scores[:, i]))
    path.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.feather.write_feather(table, str(path))


def _of_split(items: Items, *splits: str) -> NDArray[np.bool_]:
    return np.isin(np.array(items.rows["split"].to_pylist()), splits)


def _measure(
    items: Items,
    scores: NDArray[np.float32],
    choosing: NDArray[np.bool_],
    measuring: NDArray[np.bool_],
    *,
    n_folds: int = 0,
) -> Quality:
    """Choose thresholds on some items and measure on others."""
    keys = zip(items.rows["dataset"].to_pylist(), items.rows["patient_id"].to_pylist(), strict=True)
    patients = np.unique([f"{dataset}:{patient}" for dataset, patient in keys], return_inverse=True)[1]
    is_known = ~np.isnan(items.targets)
    thresholds, metrics = {}, {}
    for i, finding in enumerate(items.findings):
        chosen, held_out = choosing & is_known[:, i], measuring & is_known[:, i]
        targets, probability = items.targets[:, i].astype(np.float64), scores[:, i].astype(np.float64)
        thresholds[finding] = measures.best_threshold(targets[chosen], probability[chosen])
        metrics[finding] = measures.measure(
            targets[held_out], probability[held_out], thresholds[finding], patients[held_out]
        )
    in_words = (
        f"{n_folds}-fold cross-validation split by patient: each image by a network that has seen no image of its "
        "patient. One epoch was chosen for all folds on these predictions, and so were the thresholds: precision, "
        "recall and F1 are a little optimistic. The network itself was then trained on all of the images."
        if n_folds
        else "Images of the test split: of patients who are in no other. Thresholds are from the validation split."
    )
    return Quality(metrics, in_words, thresholds)


def _training_data(
    items: Items, chosen: TrainingSet, folds: int, n_without_file: int, n_unreadable: int
) -> manifest.TrainingData:
    return training_data(
        chosen.datasets,
        {"cross-validation": items} if folds else {split: items.of_split(split) for split in SPLITS},
        licence_note="Whoever passes the network on should clear that with it.",
        split_rule=f"md5(dataset:patient_id) as an integer modulo {folds}" if folds else chosen.split_rule(),
        targets=dict.fromkeys(items.findings, chosen.labeler),
        uncertain_policy=chosen.policy,
        selection=(
            f"{'All' if chosen.view == 'any' else chosen.view.capitalize()} images whose file was at hand; "
            f"{n_without_file} others have labels but no file, {n_unreadable} files could not be read."
        ),
    )
