"""Image networks and their initial weights: activation maps, packaged weights, missing ones."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from models.training.image_recipe import make_recipe
from models.training.nets import torch
from models.training.nets.image_network import ImageNetwork, create_backbone
from models.training.nets.weights import PACKAGED, initialize, packaged_state
from warehouse.errors import ConfigError


@pytest.mark.parametrize("architecture", ["test_resnet", "test_efficientnet"])
def test_the_activation_map_sums_to_the_logit(architecture: str) -> None:
    torch.manual_seed(0)
    preprocessing = make_recipe(architecture=architecture, resolution=64).preprocessing()
    network = ImageNetwork(create_backbone(architecture, 3, preprocessing), preprocessing).eval()
    pixels = torch.randint(0, 256, (2, 64, 64), dtype=torch.uint8)
    with torch.no_grad():
        probabilities, _, maps = network(pixels)
        logits = network.logits(pixels)
    bias = network.backbone.get_classifier().bias
    assert torch.allclose(maps.mean(dim=(2, 3)) + bias, logits, atol=1e-5)
    assert torch.allclose(logits.sigmoid(), probabilities, atol=1e-6)


def test_a_transformer_has_no_activation_map() -> None:
    preprocessing = make_recipe(architecture="test_vit", resolution=64).preprocessing()
    network = ImageNetwork(create_backbone("test_vit", 3, preprocessing), preprocessing).eval()
    assert network.outputs == ("probabilities", "embedding")


def test_packaged_weights_know_imagenet() -> None:
    """Batch normalisation's stored statistics are those of its inputs only if every tensor is where it belongs."""
    preprocessing = make_recipe(resolution=224).preprocessing()
    backbone = create_backbone(PACKAGED, 1000, preprocessing)
    backbone.load_state_dict(packaged_state(backbone))
    sklearn_datasets = pytest.importorskip("sklearn.datasets")
    names = {979: "valley", 985: "daisy", 698: "palace"}
    for image, wanted in zip(sklearn_datasets.load_sample_images().images, ("palace", "daisy"), strict=True):
        side = min(image.shape[:2])
        top, left = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
        square = cv2.resize(image[top : top + side, left : left + side], (224, 224), interpolation=cv2.INTER_AREA)
        levels = torch.from_numpy(square).permute(2, 0, 1)[None].float()
        with torch.no_grad():
            found = int(backbone.eval()((levels - 127) / 128).argmax())
        assert names[found] == wanted


def test_missing_weights_say_which_file_to_get(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    recipe = make_recipe(architecture="resnet18", resolution=64)
    with pytest.raises(ConfigError, match="--initial-weights FILE"):
        initialize(create_backbone("resnet18", 2, recipe.preprocessing()), "resnet18", "imagenet")
