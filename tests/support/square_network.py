"""A network over images whose reasons are known: a bright square means a mass, a dark image an effusion."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from models.network.manifest import MANIFEST_FILE, WEIGHTS_FILE, ImagePreprocessing, Manifest
from models.training.nets import torch
from models.training.onnx_export import OPSET, write_onnx
from warehouse import runs

SIZE, CELL = 56, 8
FINDINGS = ("mass", "pleural_effusion")
OUTPUTS = {
    "activation_map": ("probabilities", "embedding", "activation_map"),
    "occlusion": ("probabilities", "embedding"),
}


class Squares(torch.nn.Module):
    """Mean grey level of each cell, its excess over 200 as the feature, pooled and weighted."""

    def __init__(self, n_outputs: int) -> None:
        super().__init__()
        self.n_outputs = n_outputs
        self.head = torch.nn.Linear(1, len(FINDINGS))
        with torch.no_grad():
            self.head.weight.copy_(torch.tensor([[100.0], [-100.0]]))
            self.head.bias.copy_(torch.tensor([-3.0, 1.0]))

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return probabilities, embedding and the activation map of grey levels (batch, size, size)."""
        levels = torch.nn.functional.avg_pool2d(pixels.float().unsqueeze(1), CELL)
        features = torch.relu(levels - 200) / 55
        embedding = features.mean(dim=(2, 3))
        n_cells = (SIZE // CELL) ** 2
        activation_map = torch.nn.functional.conv2d(features, self.head.weight[:, :, None, None]) / n_cells
        return (self.head(embedding).sigmoid(), embedding, activation_map)[: self.n_outputs]


def save(zoo: Path, method: Literal["activation_map", "occlusion"]) -> Manifest:
    """Write the network ``squares`` into a zoo; ``method`` is what it can be attributed with at best."""
    folder = zoo / "squares" / "1.0.0"
    folder.mkdir(parents=True)
    outputs = OUTPUTS[method]
    preprocessing = ImagePreprocessing(size=SIZE, fit="pad", is_equalized=False, channels=1, mean=[0.0], std=[1.0])
    properties = {"findings": json.dumps(FINDINGS), "preprocessing": preprocessing.model_dump_json()}
    pixels = torch.zeros((2, SIZE, SIZE), dtype=torch.uint8)
    shapes = {"pixels": {0: torch.export.Dim("batch")}}
    write_onnx(Squares(len(outputs)), {"pixels": pixels}, shapes, outputs, properties, folder / WEIGHTS_FILE)
    manifest = Manifest(
        name="squares", version="1.0.0", task="bright squares", input="image", findings=list(FINDINGS),
        preprocessing=preprocessing, training_data=None, training=None, metrics={}, metrics_in_words="none",
        thresholds=dict.fromkeys(FINDINGS, 0.5), licence="MIT", weights_sha=runs.fingerprint(folder / WEIGHTS_FILE),
        opset=OPSET, max_difference_from_torch=0.0, created=datetime(2026, 1, 1, tzinfo=UTC), product_version="0",
    )  # fmt: skip
    (folder / MANIFEST_FILE).write_text(manifest.model_dump_json())
    return manifest


def picture(row: int, column: int) -> NDArray[np.uint8]:
    """Return a grey image with a bright square of two cells a side, whose first cell is given."""
    pixels = np.full((SIZE, SIZE), 90, np.uint8)
    pixels[row * CELL : (row + 2) * CELL, column * CELL : (column + 2) * CELL] = 255
    return pixels


def write_png(path: Path, pixels: NDArray[np.uint8]) -> Path:
    """Write an image file, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels)
    return path
