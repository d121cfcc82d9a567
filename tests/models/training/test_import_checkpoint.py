"""Checkpoints from elsewhere: what comes out of ONNX is what the network that was saved computes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
from safetensors.torch import save_file
from typer.testing import CliRunner

from app.cli import cli
from models.network import registry
from models.network.manifest import ImagePreprocessing
from models.training.import_checkpoint import Description, import_checkpoint, torchxrayvision
from models.training.nets import torch
from warehouse.errors import ConfigError, SourceError

SIZE = 64
FINDINGS = ("pneumonia", "edema", "no_finding")
XRV_FILE = "nih-densenet121-d121-tw-lr001-rot45-tr15-sc15-seed0-best.pt"
XRV_KEPT = 14


def described(**changes: Any) -> Description:
    preprocessing = ImagePreprocessing(
        size=SIZE, fit="pad", is_equalized=False, channels=3, mean=[120, 121, 122], std=[60, 61, 62]
    )
    return Description(
        **({"architecture": "test_resnet", "findings": FINDINGS, "preprocessing": preprocessing} | changes)
    )


def source_network(n_outputs: int = 3) -> torch.nn.Module:
    torch.manual_seed(0)
    net = timm.create_model("test_resnet", num_classes=n_outputs).eval()
    for name, buffer in net.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_(0, 0.1)
    return net


def pixels(size: int = SIZE) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (3, size, size), dtype=np.uint8)


def expected(net: torch.nn.Module) -> np.ndarray:
    grey = torch.from_numpy(pixels()).float()[:, None].expand(-1, 3, -1, -1)
    mean, std = (torch.tensor(v, dtype=torch.float32).view(1, 3, 1, 1) for v in ([120, 121, 122], [60, 61, 62]))
    with torch.no_grad():
        return net((grey - mean) / std).sigmoid().numpy()


def save_plain(net: torch.nn.Module, path: Path) -> None:
    torch.save(net.state_dict(), path)


def save_wrapped(net: torch.nn.Module, path: Path) -> None:
    torch.save({"epoch": 3, "state_dict": {f"module.model.{k}": v for k, v in net.state_dict().items()}}, path)


def save_safely(net: torch.nn.Module, path: Path) -> None:
    save_file(net.state_dict(), path)


def save_whole(net: torch.nn.Module, path: Path) -> None:
    torch.save(net, path)


@pytest.mark.parametrize(
    ("save", "file"),
    [(save_plain, "a.pth"), (save_wrapped, "b.pt"), (save_safely, "c.safetensors"), (save_whole, "d.pt")],
)
def test_every_form_gives_what_the_source_gives(
    save: Callable[[torch.nn.Module, Path], None], file: str, tmp_path: Path
) -> None:
    net = source_network()
    save(net, tmp_path / file)
    made = import_checkpoint("other", tmp_path / file, described(), zoo=tmp_path)
    assert made.max_difference_from_torch < 1e-4
    manifest, network = registry.load("other", zoo=tmp_path)
    assert np.abs(network.run(pixels()) - expected(net)).max() < 1e-4
    assert manifest.training_data is None
    assert "Not measured here" in (made.folder / "MODEL_CARD.md").read_text()


class Attack:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (os.environ["CXR_TEST_ATTACK"],)


def test_no_code_of_a_file_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXR_TEST_ATTACK", str(tmp_path / "owned"))
    net = source_network()
    net.extra = Attack()
    torch.save(net, tmp_path / "a.pt")
    import_checkpoint("other", tmp_path / "a.pt", described(), zoo=tmp_path)
    assert not (tmp_path / "owned").exists()


def xrv_shaped(path: Path) -> torch.nn.Module:
    """Save a whole DenseNet of one channel and 18 outputs, as the releases are."""
    torch.manual_seed(0)
    net = timm.create_model("densenet121", num_classes=18, in_chans=1).eval()
    torch.save(net, path)
    return net


def test_torchxrayvision_gives_its_calibrated_outputs(tmp_path: Path) -> None:
    net = xrv_shaped(tmp_path / XRV_FILE)
    description = torchxrayvision(tmp_path / XRV_FILE)
    assert description.findings[:3] == ("atelectasis", "consolidation", "infiltration")
    assert len(description.findings) == XRV_KEPT
    small = description.preprocessing.model_copy(update={"size": SIZE})
    import_checkpoint(
        "xrv", tmp_path / XRV_FILE, Description(**(vars(description) | {"preprocessing": small})), zoo=tmp_path
    )
    _, network = registry.load("xrv", zoo=tmp_path)
    levels = (2 * (pixels().astype(np.float32) / 255) - 1) * 1024
    with torch.no_grad():
        raw = net(torch.from_numpy(levels)[:, None]).sigmoid().numpy()[:, :XRV_KEPT]
    points = np.array(description.operating_points)
    scaled = np.where(raw < points, raw / (2 * points), 1 - (1 - raw) / (2 * (1 - points)))
    assert np.abs(network.run(pixels()) - scaled).max() < 1e-3


def test_what_does_not_fit_is_named(tmp_path: Path) -> None:
    torch.save(source_network().state_dict(), tmp_path / "a.pth")
    with pytest.raises(SourceError, match=r"another shape.*fc\.weight"):
        import_checkpoint("other", tmp_path / "a.pth", described(findings=("pneumonia",)), zoo=tmp_path)
    with pytest.raises(SourceError, match="lacks"):
        import_checkpoint("other", tmp_path / "a.pth", described(architecture="resnet18"), zoo=tmp_path)
    (tmp_path / "b.pth").write_bytes(b"not a checkpoint")
    with pytest.raises(SourceError, match="no checkpoint of torch"):
        import_checkpoint("other", tmp_path / "b.pth", described(), zoo=tmp_path)
    with pytest.raises(SourceError, match="no such file"):
        import_checkpoint("other", tmp_path / "c.pth", described(), zoo=tmp_path)
    torch.save([1, 2], tmp_path / "d.pth")
    with pytest.raises(SourceError, match="no tensors by name"):
        import_checkpoint("other", tmp_path / "d.pth", described(), zoo=tmp_path)
    with pytest.raises(ConfigError, match=r"no checkpoint 'a\.pth'"):
        torchxrayvision(tmp_path / "a.pth")
    assert not list(tmp_path.glob("*/*/manifest.json"))


def test_the_command_imports_and_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXR_ZOO", str(tmp_path))
    torch.save(source_network().state_dict(), tmp_path / "a.pth")
    outputs = [word for finding in FINDINGS for word in ("--finding", finding)]
    options = ["--architecture", "test_resnet", *outputs, "--size", str(SIZE), "--mean", "120"]
    made = CliRunner().invoke(
        cli, ["models", "import", "mine", "--checkpoint", str(tmp_path / "a.pth"), *options, "--json"]
    )
    assert made.exit_code == 0, made.output
    assert json.loads(made.output)["findings"] == list(FINDINGS)
    listed = json.loads(CliRunner().invoke(cli, ["models", "list", "--json"]).output)
    assert {row["name"] for row in listed} >= {"mine", "report_findings"}
    wrong = CliRunner().invoke(cli, ["models", "import", "x", "--checkpoint", "a.pth", "--architecture", "resnet18"])
    assert isinstance(wrong.exception, ConfigError)
