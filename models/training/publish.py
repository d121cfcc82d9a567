"""Put a network into a zoo: exported, measured as exported, described. Needs the extra 'train'."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from models.network import manifest, registry
from models.network.manifest import Described, Manifest, Preprocessing, Training, TrainingData
from models.training.nets import torch
from models.training.onnx_export import OPSET
from models.training.sets import Items
from models.training.thresholds import Quality
from warehouse import runs, sources


@dataclass(frozen=True)
class TrainResult:
    """What a training made."""

    name: str
    version: str
    folder: Path
    n_items: dict[str, int]
    """Reports or images of each part: train, validation, test, or all of a cross-validation."""
    n_left_out: dict[str, int]
    """Images that are not in the folder or cannot be read."""
    epochs: list[int]
    mean_auroc: float | None
    """Mean over the findings with a positive item to measure on."""
    device: str
    megabytes: float
    seconds: float


def publish(
    zoo: Path,
    described: Described,
    preprocessing: Preprocessing,
    trained: Training | None,
    *,
    export: Callable[[Path], float],
    measure: Callable[[Path], Quality],
    beside: Mapping[str, str] | None = None,
) -> Manifest:
    """Write ``<name>/<version>`` with weights, manifest and card, in place of a folder that is there.

    Parameters
    ----------
    zoo : Path
    described : Described
        What was known before the training.
    preprocessing : ReportPreprocessing or ImagePreprocessing
    trained : Training or None
        How it was trained; None of a network from elsewhere.
    export : callable
        Writes the weights, and returns the largest difference of a probability from torch.
    measure : callable
        From the exported weights to their quality.
    beside : mapping, optional
        Text of further files, by name.

    Raises
    ------
    CxrError
        The exported network does not compute what torch computes.
    """
    with registry.new_version(zoo, described.name, described.version) as folder:
        weights = folder / manifest.WEIGHTS_FILE
        difference, quality = export(weights), measure(weights)
        written = Manifest(
            **dict(described),
            preprocessing=preprocessing,
            training=trained,
            metrics=quality.metrics,
            metrics_in_words=quality.metrics_in_words,
            thresholds=quality.thresholds,
            weights_sha=runs.fingerprint(weights),
            opset=OPSET,
            max_difference_from_torch=difference,
            created=datetime.now(UTC),
            product_version=runs.product_version(),
        )
        manifest.write(written, folder)
        for name, text in (beside or {}).items():
            (folder / name).write_text(text, encoding="utf-8")
    return written


def training_data(datasets: Sequence[str], parts: Mapping[str, Items], **rest: Any) -> TrainingData:
    """Return the part of a manifest on data: what is known of the data sets, the sizes of the parts, and the rest."""
    known: list[Any] = [sources.get(dataset) for dataset in datasets]
    return TrainingData(
        datasets=tuple(datasets),
        title="; ".join(each.title for each in known),
        licence="; ".join(each.licence for each in known),
        citation="; ".join(each.citation for each in known),
        n_items={name: len(part) for name, part in parts.items()},
        n_patients={name: part.n_patients for name, part in parts.items()},
        **rest,
    )


def training(
    net: torch.nn.Module,
    *,
    architecture: str,
    initial_weights: str,
    seed: int,
    device: str,
    threads: int,
    epochs: list[int],
    recipe: dict[str, str | float | int | None],
) -> Training:
    """Return the part of a manifest on the training; ``epochs`` has one of each member of an ensemble."""
    return Training(
        architecture=architecture,
        n_parameters=sum(parameter.numel() for parameter in net.parameters()),
        initial_weights=initial_weights,
        seed=seed,
        device=device,
        threads=threads,
        n_members=len(epochs),
        epochs=epochs,
        recipe=recipe,
        torch_version=torch.__version__,
    )


def result(zoo: Path, written: Manifest, seconds: float, *, n_left_out: dict[str, int] | None = None) -> TrainResult:
    """Return what there is to say of a network that was just trained and published."""
    folder = zoo / written.name / written.version
    known = [metrics.auroc for metrics in written.metrics.values() if metrics.auroc is not None]
    assert written.training_data is not None
    assert written.training is not None
    return TrainResult(
        name=written.name,
        version=written.version,
        folder=folder,
        n_items=written.training_data.n_items,
        n_left_out=n_left_out or {},
        epochs=written.training.epochs,
        mean_auroc=float(np.mean(known)) if known else None,
        device=written.training.device,
        megabytes=(folder / manifest.WEIGHTS_FILE).stat().st_size / 1e6,
        seconds=seconds,
    )
