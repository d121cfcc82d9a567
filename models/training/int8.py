"""int8 networks, accepted only where they stay close to the network that they are made of. Needs the extra 'train'."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.evaluation import measures
from models.network import manifest, registry
from models.network.inference import Network, open_network, score
from models.network.manifest import ImagePreprocessing, Manifest, Quantization
from models.training import held_out, quantized_weights
from warehouse import runs
from warehouse.config import Settings
from warehouse.connection import read_only
from warehouse.errors import ConfigError, CxrError

SUFFIX = "_int8"
AUROC_BOUND, F1_BOUND = 0.005, 0.01
_BATCH = 16


@dataclass(frozen=True)
class Measured:
    """Items that the drift is measured on: texts, or grey levels uint8 (n, size, size); targets with nan for none."""

    items: Sequence[str] | NDArray[np.uint8]
    targets: NDArray[np.float32]


@dataclass(frozen=True)
class QuantizeResult:
    """What a quantisation made."""

    name: str
    version: str
    folder: Path
    method: str
    n_items: int
    auroc_drift: float
    f1_drift: float
    times_as_fast: float
    """Over the items that the drift was measured on."""
    megabytes: float
    megabytes_before: float


def quantize_held_out(
    settings: Settings,
    model: str,
    *,
    images: Path | None = None,
    n_calibration: int,
    n_items: int,
    output: Path | None = None,
    auroc_bound: float = AUROC_BOUND,
    f1_bound: float = F1_BOUND,
) -> QuantizeResult:
    """Make ``<name>_int8`` of a network, measured on the test split of its own data set; see `quantize`.

    Parameters
    ----------
    settings : Settings
        Warehouse, zoo and threads.
    model : str
        ``name`` or ``name@version``.
    images : Path, optional
        Folder of the data set's images; an image network needs it.
    n_calibration, n_items : int
        Images at most, of the training split to calibrate on and of the test split to measure on.
    output : Path, optional
        Zoo that the int8 network goes into; default the user's.
    auroc_bound, f1_bound
        As of `quantize`.

    Raises
    ------
    ConfigError
        As `quantize`; or the manifest does not say what the network was trained on.
    SourceError
        No image of the data set is in the folder.
    WarehouseError
        The warehouse does not hold the data set.
    CxrError
        It drifts further than a bound; nothing is written.
    """
    described = manifest.read(registry.find(model, zoo=settings.zoo))
    preprocessing, calibration = described.preprocessing, None
    with read_only(settings.warehouse) as con:
        items = held_out.read_split(con, described, "test")
        if isinstance(preprocessing, ImagePreprocessing):
            if images is None:
                raise ConfigError("an image network is measured on images", fix="Name their folder: --images DIR")
            seen = held_out.read_split(con, described, "train")
            calibration, _ = held_out.read_images(seen, images, preprocessing, n_calibration)
            measured = Measured(*held_out.read_images(items, images, preprocessing, n_items))
        else:
            measured = Measured(items.texts, items.targets)
    return quantize(
        model,
        measured,
        calibration=calibration,
        zoo=settings.zoo,
        output=output or settings.zoo,
        auroc_bound=auroc_bound,
        f1_bound=f1_bound,
        threads=settings.threads,
    )


def quantize(
    model: str,
    measured: Measured,
    *,
    calibration: NDArray[np.uint8] | None = None,
    zoo: Path | None = None,
    output: Path,
    auroc_bound: float = AUROC_BOUND,
    f1_bound: float = F1_BOUND,
    threads: int = 1,
) -> QuantizeResult:
    """Make ``<name>_int8`` of a network, of the same version, if it drifts less than the bounds.

    Report networks get dynamic int8: weights are stored so, activations become so as they come. Image networks get
    static int8 in QDQ form, its ranges from calibration images.

    Parameters
    ----------
    model : str
        ``name`` or ``name@version`` in ``zoo``.
    measured : Measured
        Items that the network was not trained on.
    calibration : ndarray of uint8, (n, size, size), optional
        Images of the training part; an image network needs them.
    zoo : Path, optional
        The user's zoo, searched before the package's.
    output : Path
        Zoo that the int8 network goes into.
    auroc_bound, f1_bound : float
        How much lower the mean over findings may be, of AUROC and of F1 at the manifest's thresholds.
    threads : int

    Raises
    ------
    ConfigError
        No calibration images, no items with both classes, or the network is int8 already.
    CxrError
        It drifts further than a bound; nothing is written.
    """
    described, network = registry.load(model, zoo=zoo, threads=threads, provider="cpu")
    if described.quantization is not None:
        raise ConfigError(f"{described.name} is int8 already")
    if described.input == "image" and (calibration is None or not len(calibration)):
        raise ConfigError("static int8 of an image network needs images to calibrate on", fix="Name them: --images DIR")
    source = registry.find(model, zoo=zoo) / manifest.WEIGHTS_FILE
    with tempfile.TemporaryDirectory() as temporary:
        small = Path(temporary) / manifest.WEIGHTS_FILE
        if calibration is None:
            quantized_weights.dynamic(source, small)
        else:
            quantized_weights.static(source, small, calibration)
        changed = open_network(small, threads=threads, provider="cpu")
        before, after = (_quality(described, each, measured) for each in (network, changed))
        auroc_drift, f1_drift = after.auroc - before.auroc, after.f1 - before.f1
        if auroc_drift < -auroc_bound or f1_drift < -f1_bound:
            raise CxrError(
                f"int8 refused: mean AUROC {before.auroc:.4f} to {after.auroc:.4f} (bound -{auroc_bound}), mean F1 "
                f"{before.f1:.4f} to {after.f1:.4f} (bound -{f1_bound}), on {len(measured.targets)} items",
                where=described.name,
                fix="Keep the network as it is, or state wider bounds",
            )
        method: Literal["static_qdq", "dynamic"] = "dynamic" if described.input == "report" else "static_qdq"
        made = described.model_copy(
            update={
                "name": described.name + SUFFIX,
                "weights_sha": runs.fingerprint(small),
                "created": datetime.now(UTC),
                "product_version": runs.product_version(),
                "quantization": Quantization(
                    of_weights_sha=described.weights_sha,
                    method=method,
                    n_calibration=0 if calibration is None else len(calibration),
                    n_items=len(measured.targets),
                    auroc_drift=auroc_drift,
                    f1_drift=f1_drift,
                    auroc_bound=auroc_bound,
                    f1_bound=f1_bound,
                ),
            }
        )
        with registry.new_version(output, made.name, made.version) as folder:
            (folder / manifest.WEIGHTS_FILE).write_bytes(small.read_bytes())
            manifest.write(made, folder)
    written = output / made.name / made.version
    return QuantizeResult(
        name=made.name,
        version=made.version,
        folder=written,
        method=method,
        n_items=len(measured.targets),
        auroc_drift=auroc_drift,
        f1_drift=f1_drift,
        times_as_fast=before.seconds / after.seconds,
        megabytes=(written / manifest.WEIGHTS_FILE).stat().st_size / 1e6,
        megabytes_before=source.stat().st_size / 1e6,
    )


class _Quality(NamedTuple):
    auroc: float
    f1: float
    seconds: float


def _quality(described: Manifest, network: Network, measured: Measured) -> _Quality:
    """Return mean AUROC and mean F1 over the findings that have both classes, and the seconds that scoring took."""
    clock = time.perf_counter()
    if described.input == "report":
        scores = score(network, list(measured.items))
    else:
        levels = np.asarray(measured.items)
        scores = np.concatenate([network.run(levels[i : i + _BATCH]) for i in range(0, len(levels), _BATCH)])
    seconds = time.perf_counter() - clock
    areas, agreements = [], []
    for i, finding in enumerate(described.findings):
        targets, found = measures.with_target(measured.targets, scores, i)
        if 0 < targets.sum() < len(targets):
            areas.append(measures.auroc(targets, found))
            agreements.append(measures.f1(targets, found >= described.thresholds[finding]) or 0.0)
    if not areas:
        raise ConfigError("no finding of the network has both positive and negative items to measure on")
    return _Quality(float(np.mean(areas)), float(np.mean(agreements)), seconds)
