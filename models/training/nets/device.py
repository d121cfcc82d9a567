"""Where networks are trained: the device, its arithmetic, and doing the same thing twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from models.training.nets import torch
from warehouse.errors import ConfigError


def choose_device(wanted: str = "auto") -> str:
    """Return ``cpu`` or ``cuda``.

    Raises
    ------
    ConfigError
        CUDA is asked for and not there, or there is no such device.
    """
    is_here = torch.cuda.is_available()
    if wanted == "auto":
        return "cuda" if is_here else "cpu"
    if wanted not in ("cpu", "cuda"):
        raise ConfigError(f"no device '{wanted}'", fix="Known: auto, cpu, cuda")
    if wanted == "cuda" and not is_here:
        raise ConfigError("torch finds no CUDA device", fix="Choose --device cpu")
    return wanted


def device_name(device: str) -> str:
    """Return ``cpu``, or the name of the GPU."""
    return str(torch.cuda.get_device_name()) if device == "cuda" else device


def precision(device: str) -> str:
    """Return the arithmetic of a device: fp32, bf16, or fp16 where a GPU has no bf16."""
    if device == "cpu":
        return "fp32"
    return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"


def autocast(device: str) -> torch.autocast:
    """Return the context in which a network computes in the device's arithmetic."""
    dtype = torch.float16 if precision(device) == "fp16" else torch.bfloat16
    return torch.autocast(device, dtype=dtype, enabled=precision(device) != "fp32")


def gradient_scaler(device: str) -> torch.amp.GradScaler:
    """Return the scaler that keeps small gradients in fp16; elsewhere it does nothing."""
    return torch.amp.GradScaler(device, enabled=precision(device) == "fp16")


@contextmanager
def deterministic(device: str) -> Iterator[None]:
    """Have torch choose algorithms that give the same result each time, on a CPU; on a GPU they are slow."""
    was = torch.are_deterministic_algorithms_enabled(), torch.utils.deterministic.fill_uninitialized_memory
    torch.use_deterministic_algorithms(was[0] or device == "cpu", warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # no operator here reads what it did not write
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(was[0])
        torch.utils.deterministic.fill_uninitialized_memory = was[1]
