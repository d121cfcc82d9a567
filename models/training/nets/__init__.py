"""The networks, in torch; importing them without the extra 'train' says how to get it."""

from warehouse.errors import DependencyError

try:
    import onnx
    import onnxscript
    import torch
except ModuleNotFoundError as error:
    raise DependencyError(
        f"{error.name} is not installed",
        fix="Install cxr-warehouse with the extra 'train'; in a checkout: uv sync --extra train",
    ) from None

__all__ = ["onnx", "onnxscript", "torch"]
