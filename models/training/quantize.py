"""int8 networks, accepted only where they stay close to the network that they are made of. Needs the extra 'train'."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from onnxruntime import quantization
from onnxruntime.quantization.shape_inference import quant_pre_process

from models.evaluation import measures
from models.network import manifest, registry
from models.network.inference import Network, open_network
from models.network.manifest import Manifest, Quantization
from models.training.nets import onnx
from models.training.publish import score, with_target
from warehouse import runs
from warehouse.errors import ConfigError, CxrError

SUFFIX = "_int8"
AUROC_BOUND, F1_BOUND = 0.005, 0.01
N_CALIBRATION = 200
_BATCH = 16
_NARROW = 64


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
            dynamic(source, small)
        else:
            static(source, small, calibration)
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


def dynamic(source: Path, target: Path) -> None:
    """Write the network with its weights in int8; its activations become so as they come."""
    prepared = _prepared(source, target)
    quantization.quantize_dynamic(
        prepared,
        target,
        weight_type=quantization.QuantType.QInt8,
        per_channel=True,
        op_types_to_quantize=["MatMul", "Gemm"],
        nodes_to_exclude=_narrow_layers(prepared),
    )
    _finish(source, prepared, target)


def _narrow_layers(path: Path) -> list[str]:
    """Return the nodes of the last layers, which stay as they are.

    They have hardly any weights, and the maximum over a row of padding alone, before them, stretches a batch's range.
    """
    graph = onnx.load(str(path)).graph
    sizes = {weight.name: min(weight.dims) for weight in graph.initializer if len(weight.dims) == 2}
    return [
        name
        for node in graph.node
        if node.op_type in ("MatMul", "Gemm") and any(sizes.get(each, _NARROW) < _NARROW for each in node.input)
        for name in (node.name, f"{node.name}_MatMul")  # as the library calls a Gemm that it has taken apart
    ]


def static(source: Path, target: Path, images: NDArray[np.uint8]) -> None:
    """Write the image network in int8 (QDQ), the ranges of its activations from images, uint8 (n, size, size)."""
    prepared = _prepared(source, target)
    quantization.quantize_static(
        prepared,
        target,
        _Calibration(images),
        quant_format=quantization.QuantFormat.QDQ,
        activation_type=quantization.QuantType.QUInt8,
        weight_type=quantization.QuantType.QInt8,
        per_channel=True,
        # Its range is that of what the activation keeps of it, which int8 covers finely.
        op_types_to_quantize=["Conv", "MatMul", "Gemm", "Relu", "Clip"],
        nodes_to_exclude=_first_convolution(prepared),
    )
    _finish(source, prepared, target)


def _first_convolution(path: Path) -> list[str]:
    """Return the node that reads the image, which stays as it is: little work, and every error after it grows."""
    return [node.name for node in onnx.load(str(path)).graph.node if node.op_type == "Conv"][:1]


class _Calibration:
    """Batches of images, as the library's CalibrationDataReader asks for them."""

    def __init__(self, images: NDArray[np.uint8]) -> None:
        self.batches: Iterator[dict[str, Any]] = (
            {"pixels": images[i : i + _BATCH]} for i in range(0, len(images), _BATCH)
        )

    def get_next(self) -> dict[str, Any] | None:
        """Return the next batch, None after the last."""
        return next(self.batches, None)


def _prepared(source: Path, target: Path) -> Path:
    """Write the network with its constants folded and its shapes known, beside the target."""
    prepared = target.with_name("prepared.onnx")
    quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
    return prepared


def _finish(source: Path, prepared: Path, target: Path) -> None:
    """Give the int8 file what the network needs beside its weights: findings, preprocessing, tokenizer."""
    prepared.unlink()
    model = onnx.load(str(target))
    inside = onnx.load(str(source), load_external_data=False).metadata_props
    onnx.helper.set_model_props(model, {entry.key: entry.value for entry in inside})
    onnx.save(model, str(target))


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
        targets, found = with_target(measured.targets, scores, i)
        if 0 < targets.sum() < len(targets):
            areas.append(measures.auroc(targets, found))
            agreements.append(measures.f1(targets, found >= described.thresholds[finding]) or 0.0)
    if not areas:
        raise ConfigError("no finding of the network has both positive and negative items to measure on")
    return _Quality(float(np.mean(areas)), float(np.mean(agreements)), seconds)
