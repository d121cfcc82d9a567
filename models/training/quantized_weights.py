"""Write the ONNX file of a network with int8 weights. Needs the extra 'train'."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnxruntime import quantization
from onnxruntime.quantization.shape_inference import quant_pre_process

from models.training.nets import onnx

_BATCH = 16
_NARROW = 64


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
