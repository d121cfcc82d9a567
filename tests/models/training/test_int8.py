"""int8 networks: accepted within the bounds, refused beyond them, and described either way."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from models.network import manifest, registry
from models.training import coded_reports, held_out
from models.training.int8 import Measured, quantize
from models.training.nets import torch
from models.training.onnx_export import OPSET, write_onnx
from warehouse import runs
from warehouse.connection import read_only
from warehouse.errors import ConfigError, CxrError

SIZE = 16


@pytest.fixture(scope="module")
def measured(labeled):
    with read_only(labeled) as con:
        test = coded_reports.read_reports(con).of_split("test")
    return Measured(test.texts, test.targets)


def test_a_report_network(trained, measured, tmp_path):
    zoo = trained.folder.parents[1]
    made = quantize("report_findings", measured, zoo=zoo, output=tmp_path)
    assert made.name == "report_findings_int8"
    described, network = registry.load("report_findings_int8", zoo=tmp_path)
    assert described.quantization.method == "dynamic"
    assert described.quantization.of_weights_sha == manifest.read(trained.folder).weights_sha
    assert described.quantization.auroc_drift == made.auroc_drift >= -0.005
    assert network.tokenizer is not None
    with pytest.raises(ConfigError, match="int8 already"):
        quantize("report_findings_int8", measured, zoo=tmp_path, output=tmp_path)


def test_refusal_says_what_was_measured_and_writes_nothing(trained, measured, tmp_path):
    with pytest.raises(CxrError, match=r"int8 refused: mean AUROC \d\.\d{4} to \d\.\d{4} \(bound -?-0.5\)"):
        # A bound below zero asks for an improvement.
        quantize("report_findings", measured, zoo=trained.folder.parents[1], output=tmp_path, auroc_bound=-0.5)
    assert not list(tmp_path.iterdir())


class Brightness(torch.nn.Module):
    """Sees whether an image is bright."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = torch.nn.Conv2d(1, 4, 3)
        torch.nn.init.constant_(self.conv.weight, 0.1)
        self.output = torch.nn.Linear(4, 1)
        torch.nn.init.constant_(self.output.weight, 5.0)
        torch.nn.init.constant_(self.output.bias, -10.0)

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        embedding = torch.relu(self.conv(pixels.unsqueeze(1).float() / 255)).mean(dim=(2, 3))
        return self.output(embedding).sigmoid(), embedding


@pytest.fixture
def image_zoo(tmp_path: Path) -> Path:
    folder = tmp_path / "zoo" / "bright" / "1.0.0"
    folder.mkdir(parents=True)
    preprocessing = manifest.ImagePreprocessing(
        size=SIZE, fit="pad", is_equalized=False, channels=1, mean=[0], std=[255]
    )
    torch.manual_seed(0)
    write_onnx(
        Brightness(),
        {"pixels": torch.zeros((2, SIZE, SIZE), dtype=torch.uint8)},
        {"pixels": {0: torch.export.Dim("batch")}},
        ["probabilities", "embedding"],
        {"findings": '["lung_opacity"]', "preprocessing": preprocessing.model_dump_json()},
        folder / manifest.WEIGHTS_FILE,
    )
    manifest.write(
        manifest.Manifest(
            name="bright", version="1.0.0", task="x", input="image", findings=["lung_opacity"],
            preprocessing=preprocessing, training_data=None, training=None, metrics={}, metrics_in_words="none",
            thresholds={"lung_opacity": 0.5}, licence="MIT", weights_sha=runs.fingerprint(folder / "model.onnx"),
            opset=OPSET, max_difference_from_torch=0, created=datetime.now(UTC), product_version="0",
        ),
        folder,
    )  # fmt: skip
    return tmp_path / "zoo"


def images(n: int, seed: int) -> Measured:
    rng = np.random.default_rng(seed)
    is_bright = rng.random(n) < 0.5
    levels = rng.integers(0, 60, (n, SIZE, SIZE)) + 190 * is_bright[:, None, None]
    return Measured(levels.astype(np.uint8), is_bright[:, None].astype(np.float32))


def test_an_image_network(image_zoo, tmp_path):
    given = images(60, 1)
    made = quantize("bright", given, calibration=images(40, 0).items, zoo=image_zoo, output=tmp_path / "mine")
    described, network = registry.load("bright_int8", zoo=tmp_path / "mine")
    assert described.quantization.method == made.method == "static_qdq"
    assert described.quantization.n_calibration == 40
    assert network.outputs == ("probabilities", "embedding")
    operators = {node.op_type for node in manifest_graph(tmp_path / "mine")}
    assert {"QuantizeLinear", "DequantizeLinear"} <= operators
    with pytest.raises(ConfigError, match="--images DIR"):
        quantize("bright", given, zoo=image_zoo, output=tmp_path)
    with pytest.raises(ConfigError, match="does not say what the network was trained on"):
        held_out.read_split(None, manifest.read(image_zoo / "bright" / "1.0.0"), "test")


def manifest_graph(zoo: Path):
    import onnx

    return onnx.load(str(zoo / "bright_int8" / "1.0.0" / manifest.WEIGHTS_FILE)).graph.node


def test_ranges_set_on_dark_images_alone_are_refused(image_zoo, tmp_path):
    given = images(60, 1)
    dark = np.zeros((20, SIZE, SIZE), dtype=np.uint8)
    with pytest.raises(CxrError, match="int8 refused"):
        quantize("bright", given, calibration=dark, zoo=image_zoo, output=tmp_path / "mine")
    assert not (tmp_path / "mine").exists()


def test_one_class_alone_measures_nothing(image_zoo, tmp_path):
    given = images(20, 1)
    with pytest.raises(ConfigError, match="both positive and negative"):
        quantize(
            "bright",
            Measured(given.items, np.zeros((20, 1), dtype=np.float32)),
            calibration=given.items,
            zoo=image_zoo,
            output=tmp_path,
        )
