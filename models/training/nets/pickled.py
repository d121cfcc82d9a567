"""Read the tensors of a pickled torch module without running any code of the file. Needs the extra 'train'."""

from __future__ import annotations

import collections
import importlib
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

# What a tensor's pickle needs; whatever else a file names becomes an inert object that only holds what it is given.
_HARMLESS = {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("torch._utils", "_rebuild_tensor"): None,
    ("torch._utils", "_rebuild_tensor_v2"): None,
    ("torch._utils", "_rebuild_parameter"): None,
    ("torch", "Size"): None,
    ("torch", "device"): None,
}
_PARTS = ("_parameters", "_buffers")


class Inert(dict[Any, Any]):
    """Stands for an object of any class: holds its attributes, does nothing."""

    def __new__(cls, *_: object, **__: object) -> Inert:  # noqa: D102
        return super().__new__(cls)

    def __init__(self, *_: object, **__: object) -> None:
        super().__init__()

    def __setstate__(self, state: object) -> None:
        """Keep attributes, whatever form they come in."""
        for part in state if isinstance(state, tuple) else (state,):
            if isinstance(part, dict):
                self.__dict__.update(part)

    def append(self, *_: object) -> None:
        """Forget an item of a list."""

    def extend(self, *_: object) -> None:
        """Forget items of a list."""

    def add(self, *_: object) -> None:
        """Forget an item of a set."""


class _Unpickler(pickle._Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _HARMLESS:
            if module == "torch" and name.endswith("Storage"):
                return getattr(torch, name)
            return type(name, (Inert,), {})
        return _HARMLESS[module, name] or getattr(importlib.import_module(module), name)


def tensors_of_pickle(path: Path, containers: Sequence[str]) -> dict[str, Tensor]:
    """Return the tensors by name of a pickled module, or of a dict that holds one, or them, under one of the names.

    Every class of the file but tensors and their storage becomes `Inert`: nothing it brings is called.
    """
    reader = ModuleType("pickle_of_tensors")
    reader.__dict__.update(vars(pickle))
    reader.Unpickler = _Unpickler  # type: ignore[attr-defined]
    reader.load = lambda file, **options: _Unpickler(file, **options).load()  # type: ignore[attr-defined]
    content = torch.load(path, map_location="cpu", weights_only=False, pickle_module=reader)
    if isinstance(content, Mapping) and not isinstance(content, Inert):
        content = next((content[name] for name in containers if name in content), content)
    if isinstance(content, Mapping) and not isinstance(content, Inert):
        return {name: tensor for name, tensor in content.items() if isinstance(tensor, Tensor)}
    return dict(_walk(content, ""))


def _walk(module: object, prefix: str) -> list[tuple[str, Tensor]]:
    held = getattr(module, "__dict__", {})
    own = [
        (prefix + name, tensor.detach())
        for part in _PARTS
        for name, tensor in held.get(part, {}).items()
        if isinstance(tensor, Tensor)
    ]
    return own + [item for name, part in held.get("_modules", {}).items() for item in _walk(part, f"{prefix}{name}.")]
