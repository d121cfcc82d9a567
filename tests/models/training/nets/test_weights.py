"""ImageNet weights from the hub's cache."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import huggingface_hub.constants
import numpy as np
import pytest
import safetensors.torch
import timm
import torch

from models.training.nets import hub, weights
from warehouse.errors import ConfigError

ARCHITECTURE = "resnet18"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and no way to the hub."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    return tmp_path


def test_weights_of_the_cache_are_loaded_all_but_the_head(cache: Path) -> None:
    hub_id = timm.get_pretrained_cfg(ARCHITECTURE).hf_hub_id
    stored = cache / f"models--{hub_id.replace('/', '--')}"
    (stored / "snapshots" / "made").mkdir(parents=True)
    (stored / "refs").mkdir()
    (stored / "refs" / "main").write_text("made")
    trained = timm.create_model(ARCHITECTURE, num_classes=1000).state_dict()
    safetensors.torch.save_file(trained, stored / "snapshots" / "made" / "model.safetensors")
    backbone = timm.create_model(ARCHITECTURE, num_classes=3, in_chans=1)
    head = backbone.get_classifier().weight.clone()
    assert weights.initialize(backbone, ARCHITECTURE, "imagenet") == f"ImageNet; {hub_id}"
    torch.testing.assert_close(backbone.layer1[0].conv1.weight, trained["layer1.0.conv1.weight"])
    torch.testing.assert_close(backbone.conv1.weight, trained["conv1.weight"].sum(dim=1, keepdim=True))
    torch.testing.assert_close(backbone.get_classifier().weight, head)


def test_a_download_that_was_cut_off_is_none(cache: Path) -> None:
    stored = cache / "models--owner--name"
    (stored / "snapshots" / "made").mkdir(parents=True)
    (stored / "refs").mkdir()
    (stored / "refs" / "main").write_text("made")
    (stored / "snapshots" / "made" / "config.json").write_text("{}")
    assert hub.fetch("owner/name", ["*.safetensors"], ["*.json"]) is None


class Module(torch.nn.Module):
    """Of no package that is there when the file is read."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)


@pytest.mark.parametrize(
    "form",
    [
        lambda net: {"state_dict": net.state_dict(), "args": argparse.Namespace(epochs=3)},
        lambda net: {"model": net, "epoch": 3},
        lambda net: {"state_dict": net.state_dict(), "best": np.float64(0.8)},
        lambda net: net,
    ],
)
def test_checkpoints_of_training_loops(form: Callable[[Module], object], tmp_path: Path) -> None:
    net = Module()
    torch.save(form(net), tmp_path / "checkpoint.pt")
    state = weights.read_checkpoint(tmp_path / "checkpoint.pt")
    assert set(state) == {"layer.weight", "layer.bias"}
    torch.testing.assert_close(state["layer.weight"], net.layer.weight.detach())


@pytest.mark.usefixtures("cache")
def test_an_empty_cache_names_the_file_to_get() -> None:
    with pytest.raises(ConfigError, match=r"model.safetensors from https://huggingface.co/timm/resnet18.*FILE"):
        weights.initialize(timm.create_model(ARCHITECTURE, num_classes=3), ARCHITECTURE, "imagenet")
