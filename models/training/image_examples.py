"""Decoded images with their targets, and what a network gives for them. Needs the extra 'train'."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.training.nets import torch
from models.training.nets.device import autocast

Places = NDArray[np.int64]

PREDICTION_BATCH = 64
"""Images of a batch at 224 x 224, fewer of larger ones."""


@dataclass(frozen=True)
class Examples:
    """Decoded images with their targets.

    Attributes
    ----------
    levels : ndarray of uint8, shape (n_files, size, size)
        In memory or on disk: only what a batch needs is read.
    files : ndarray of int, shape (n_images,)
        Where in ``levels`` each image is.
    targets : ndarray of float32, shape (n_images, n_findings)
        1 present, 0 not present, nan no target.
    """

    levels: NDArray[np.uint8]
    files: Places
    targets: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.files)

    def at(self, places: Places) -> NDArray[np.uint8]:
        """Return the images (n_places, size, size) at these places."""
        return np.asarray(self.levels[self.files[places]])


def predict(
    network: torch.nn.Module, examples: Examples, places: Places, *, device: str = "cpu"
) -> NDArray[np.float32]:
    """Return probabilities (n_places, n_outputs) of the images at these places."""
    network.eval()
    found = []
    size = _prediction_batch(examples)
    with torch.no_grad(), autocast(device):
        for start in range(0, len(places), size):
            batch = torch.from_numpy(examples.at(places[start : start + size])).to(device)
            found.append(network(batch)[0].float().cpu().numpy())
    return np.concatenate(found)


def predict_onnx(
    run: Callable[[NDArray[np.uint8]], NDArray[np.float32]], examples: Examples, places: Places
) -> NDArray[np.float32]:
    """Return probabilities (n_images, n_findings) from onnxruntime, nan where no place is asked for."""
    scores = np.full(examples.targets.shape, np.nan, np.float32)
    size = _prediction_batch(examples)
    for start in range(0, len(places), size):
        chosen = places[start : start + size]
        scores[chosen] = run(examples.at(chosen))
    return scores


def _prediction_batch(examples: Examples) -> int:
    return max(1, min(PREDICTION_BATCH, PREDICTION_BATCH * 224**2 // int(examples.levels.shape[1]) ** 2))


def held_out_loss(probabilities: NDArray[np.float32], targets: NDArray[np.float32]) -> float:
    """Return binary cross-entropy of probabilities, mean over the targets that there are."""
    p = probabilities.astype(np.float64).clip(1e-7, 1 - 1e-7)
    is_known = ~np.isnan(targets)
    return float(np.mean(-(targets * np.log(p) + (1 - targets) * np.log(1 - p))[is_known]))
