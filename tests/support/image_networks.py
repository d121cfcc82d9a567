"""Tiny image networks in a zoo, and images: what the tests of scoring run on. onnx alone, no training."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from models.network import manifest
from models.network.manifest import ImagePreprocessing, Manifest
from warehouse import runs

FINDINGS = ["cardiomegaly", "pleural_effusion", "pneumonia"]
SIZE, WIDTH = 32, 8


def add_network(zoo: Path, name: str = "tiny", *, version: str = "1.0.0", seed: int = 0, size: int = SIZE) -> Path:
    """Write a network of one convolution with random weights; return its folder."""
    folder = zoo / name / version
    folder.mkdir(parents=True)
    preprocessing = ImagePreprocessing(size=size, fit="pad", is_equalized=False, channels=1, mean=[120.0], std=[60.0])
    onnx.save(_model(seed, preprocessing), str(folder / manifest.WEIGHTS_FILE))
    described = _manifest(folder, name, version, preprocessing)
    (folder / manifest.MANIFEST_FILE).write_text(described.model_dump_json(), encoding="utf-8")
    return folder


def _model(seed: int, preprocessing: ImagePreprocessing) -> onnx.ModelProto:
    rng = np.random.default_rng(seed)
    weights = {
        "mean": np.array(preprocessing.mean, np.float32),
        "std": np.array(preprocessing.std, np.float32),
        "channel": np.array([1], np.int64),
        "kernel": rng.normal(size=(WIDTH, 1, 5, 5)).astype(np.float32),
        "linear": rng.normal(size=(WIDTH, len(FINDINGS))).astype(np.float32),
    }
    nodes = [
        helper.make_node("Cast", ["pixels"], ["grey"], to=TensorProto.FLOAT),
        helper.make_node("Sub", ["grey", "mean"], ["centred"]),
        helper.make_node("Div", ["centred", "std"], ["normal"]),
        helper.make_node("Unsqueeze", ["normal", "channel"], ["image"]),
        helper.make_node("Conv", ["image", "kernel"], ["maps"], strides=[3, 3]),
        helper.make_node("Relu", ["maps"], ["active"]),
        helper.make_node("GlobalAveragePool", ["active"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["embedding"]),
        helper.make_node("MatMul", ["embedding", "linear"], ["logits"]),
        helper.make_node("Sigmoid", ["logits"], ["probabilities"]),
    ]
    size = preprocessing.size
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["batch", size, size])],
        [
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", len(FINDINGS)]),
            helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", WIDTH]),
        ],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    properties = {"findings": json.dumps(FINDINGS), "preprocessing": preprocessing.model_dump_json()}
    helper.set_model_props(model, properties)
    onnx.checker.check_model(model)
    return model


def _manifest(folder: Path, name: str, version: str, preprocessing: ImagePreprocessing) -> Manifest:
    return Manifest(
        name=name,
        version=version,
        task="tests",
        input="image",
        findings=FINDINGS,
        preprocessing=preprocessing,
        training_data=None,
        training=None,
        metrics={},
        metrics_in_words="none",
        thresholds=dict.fromkeys(FINDINGS, 0.5),
        licence="MIT",
        weights_sha=runs.fingerprint(folder / manifest.WEIGHTS_FILE),
        opset=20,
        max_difference_from_torch=0.0,
        created=datetime(2026, 1, 1, tzinfo=UTC),
        product_version="0",
    )


def draw(path: Path, seed: int = 0, *, size: tuple[int, int] = (40, 48)) -> Path:
    """Write a grey image that no other seed gives."""
    path.parent.mkdir(parents=True, exist_ok=True)
    blocks = np.random.default_rng(seed).integers(0, 256, (6, 5), dtype=np.uint8)
    Image.fromarray(blocks).resize(size, Image.Resampling.BILINEAR).save(path)
    return path
