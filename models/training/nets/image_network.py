"""Image networks: any timm backbone between a graph's own normalisation and a linear head. Needs the extra 'train'."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import timm
import torch
from timm.models import group_parameters
from torch import Tensor, nn

from models.network.manifest import ImagePreprocessing
from warehouse.errors import ConfigError


class ImageNetwork(nn.Module):
    """Grey levels to logits: subtract the mean, divide by the deviation, repeat channels, backbone, linear head.

    Parameters
    ----------
    backbone : nn.Module
        A network of timm with a linear classifier.
    preprocessing : ImagePreprocessing
        ``channels``, ``mean`` and ``std`` are used, and ``size`` to try the backbone.
    operating_points : Tensor, (n_outputs,), optional
        Probabilities that become 0.5; what lies on either side is stretched linearly (torchxrayvision's ``op_norm``).
    """

    mean: Tensor
    std: Tensor
    operating_points: Tensor | None

    def __init__(
        self, backbone: nn.Module, preprocessing: ImagePreprocessing, *, operating_points: Tensor | None = None
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.channels = preprocessing.channels
        self.register_buffer("mean", torch.tensor(preprocessing.mean, dtype=torch.float32).view(1, -1, 1, 1))
        self.register_buffer("std", torch.tensor(preprocessing.std, dtype=torch.float32).view(1, -1, 1, 1))
        self.register_buffer("operating_points", operating_points)
        self.has_activation_map = _is_pooled_map(backbone, preprocessing)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of what `forward` returns."""
        return ("probabilities", "embedding", "activation_map")[: 2 + self.has_activation_map]

    def logits(self, pixels: Tensor) -> Tensor:
        """Return logits (batch, n_outputs) of grey levels (batch, size, size), uint8 or float32."""
        return self.backbone(self._normalized(pixels))

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        """Return what `outputs` names: (batch, n_outputs), (batch, width), (batch, n_outputs, rows, columns).

        A place of the activation map is its part of the logit: their mean, plus the head's bias, is the logit.
        """
        features = self.backbone.forward_features(self._normalized(pixels))
        embedding = self.backbone.forward_head(features, pre_logits=True)
        head = self.backbone.get_classifier()
        probabilities = self._calibrated(head(embedding).sigmoid())
        if not self.has_activation_map:
            return probabilities, embedding
        return probabilities, embedding, nn.functional.conv2d(features, head.weight[:, :, None, None])

    def _normalized(self, pixels: Tensor) -> Tensor:
        grey = pixels.to(torch.float32).unsqueeze(1)
        return (grey.expand(-1, self.channels, -1, -1) - self.mean) / self.std

    def _calibrated(self, probabilities: Tensor) -> Tensor:
        if self.operating_points is None:
            return probabilities
        below = probabilities / (2 * self.operating_points)
        above = 1 - (1 - probabilities) / (2 * (1 - self.operating_points))
        return torch.where(probabilities < self.operating_points, below, above)


class OneVsRest(nn.Module):
    """A network of one output for each finding, side by side; outputs in their order, embeddings joined."""

    def __init__(self, members: Sequence[ImageNetwork]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self.outputs = members[0].outputs

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        """Return what `outputs` names, as `ImageNetwork.forward`."""
        parts = [member(pixels) for member in self.members]
        return tuple(torch.cat([part[i] for part in parts], dim=1) for i in range(len(self.outputs)))


def create_backbone(architecture: str, n_outputs: int, preprocessing: ImagePreprocessing, **options: Any) -> nn.Module:
    """Return a backbone of timm by name, with random weights and a linear head.

    Parameters
    ----------
    architecture : str
        As timm calls it, e.g. ``resnet50``, ``densenet121``, ``vit_base_patch16_224``.
    n_outputs : int
    preprocessing : ImagePreprocessing
        ``channels``; ``size`` for architectures of a fixed one.
    **options
        For `timm.create_model`, e.g. ``drop_rate``.

    Raises
    ------
    ConfigError
        timm has no such architecture, or its head is not linear.
    """
    known = architecture.partition(".")[0]
    if not timm.is_model(known):
        near = timm.list_models(f"*{known[:8]}*")[:5]
        raise ConfigError(f"timm has no architecture '{architecture}'", fix=f"Similar: {', '.join(near) or 'none'}")
    config = timm.get_pretrained_cfg(known)
    if config is not None and config.fixed_input_size:
        options = {"img_size": preprocessing.size} | options
    backbone = timm.create_model(architecture, num_classes=n_outputs, in_chans=preprocessing.channels, **options)
    if not isinstance(backbone.get_classifier(), nn.Linear):
        raise ConfigError(f"the head of '{architecture}' is not one linear layer")
    return backbone


def freeze(network: ImageNetwork, n_stages: int) -> None:
    """Keep the first stages as they are; timm says what a stage is: stem, then groups of blocks.

    Raises
    ------
    ConfigError
        The backbone has no more stages than that.
    """
    names = group_parameters(network.backbone, network.backbone.group_matcher(coarse=True))
    if n_stages >= len(names):
        raise ConfigError(f"the network has {len(names)} stages, of which {n_stages} cannot be frozen")
    frozen = {name for stage in sorted(names)[:n_stages] for name in names[stage]}
    for name, parameter in network.backbone.named_parameters():
        parameter.requires_grad_(name not in frozen)


def hold_statistics(network: nn.Module) -> None:
    """Put batch normalisation into evaluation mode: it keeps the statistics of the initial weights."""
    for module in network.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.eval()


def _is_pooled_map(backbone: nn.Module, preprocessing: ImagePreprocessing) -> bool:
    """Whether the head is the mean of a feature map over places, then one linear layer: found by trying."""
    was_training = backbone.training
    backbone.eval()
    side = preprocessing.size
    with torch.no_grad():
        pixels = torch.linspace(-1, 1, preprocessing.channels * side * side)
        features = backbone.forward_features(pixels.view(1, preprocessing.channels, side, side))
        embedding = backbone.forward_head(features, pre_logits=True)
    backbone.train(was_training)
    if features.ndim != 4 or features.shape[1] != embedding.shape[1]:
        return False
    return bool(torch.allclose(features.mean(dim=(2, 3)), embedding, rtol=1e-3, atol=1e-4))
