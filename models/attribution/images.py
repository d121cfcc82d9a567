"""Where in an image a network's score comes from, as a map of parts of the logit; onnxruntime is all it needs.

A map has rows x columns cells that tile the square that the network reads (`models.network.pixels.prepare`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.network.inference import Network, logit
from models.network.manifest import ImagePreprocessing
from warehouse.choices import Method, MethodChoice
from warehouse.errors import ConfigError

GRID = 14
"""Rows and columns of an occlusion map: places where the patch is put. The patch is 3 x 3 cells."""

ACTIVATION_MAP = "activation_map"
_REACH = 1


@dataclass(frozen=True)
class ImageAttribution:
    """What each place of an image adds to the logit of each finding.

    Attributes
    ----------
    method : {'activation_map', 'occlusion'}
    maps : ndarray of float32, (n_findings, rows, columns)
        Positive raises the score. Of an activation map the cells add up to the logit less its constant; of occlusion
        a cell is the drop of the logit when the cell and those around it are hidden, and the cells overlap.
    probabilities : ndarray of float32, (n_findings,)
        Of the whole image.
    """

    method: Method
    maps: NDArray[np.float32]
    probabilities: NDArray[np.float32]


def attribute_image(network: Network, pixels: NDArray[np.uint8], method: MethodChoice = "auto") -> ImageAttribution:
    """Attribute every finding's score to the places of an image.

    Parameters
    ----------
    network : Network
        Over images.
    pixels : ndarray of uint8, (size, size)
        As of `models.network.pixels.read_image`.
    method : {'auto', 'activation_map', 'occlusion'}
        ``activation_map`` is the network's own output: class activation mapping (Zhou et al. 2016, arXiv 1512.04150),
        which Grad-CAM (Selvaraju et al. 2017, arXiv 1610.02391) equals where global average pooling and one linear
        layer end the network. ``occlusion`` (Zeiler and Fergus 2014, arXiv 1311.2901) hides a patch of each place in
        turn under the image's mean grey and runs the network again, `GRID` x `GRID` times. ``auto``: the first where
        the network has it, else the second.

    Raises
    ------
    ConfigError
        The network has no activation map, or reads reports.
    """
    if not isinstance(network.preprocessing, ImagePreprocessing):
        raise ConfigError("the network reads reports, not images")
    if method == "auto":
        method = "activation_map" if ACTIVATION_MAP in network.outputs else "occlusion"
    if method == "occlusion":
        return _occlude(network, pixels)
    if ACTIVATION_MAP not in network.outputs:
        raise ConfigError("the network has no activation map", fix="Choose --method occlusion")
    maps, scores = network.give([ACTIVATION_MAP, "probabilities"], pixels[np.newaxis])
    return ImageAttribution(method, maps[0], scores[0])


def _occlude(network: Network, pixels: NDArray[np.uint8]) -> ImageAttribution:
    edges = _edges(len(pixels))
    grey = np.uint8(round(float(pixels.mean())))
    scores = network.run(pixels[np.newaxis])[0]
    whole = logit(scores)
    maps = np.empty((len(network.findings), GRID, GRID), np.float32)
    for row in range(GRID):
        hidden = np.repeat(pixels[np.newaxis], GRID, axis=0)
        rows = _patch(edges, row)
        for column in range(GRID):
            hidden[column, rows, _patch(edges, column)] = grey
        maps[:, row] = (whole - logit(network.run(hidden))).T
    return ImageAttribution("occlusion", maps, scores)


def _edges(size: int) -> NDArray[np.int64]:
    return np.linspace(0, size, GRID + 1).round().astype(np.int64)


def _patch(edges: NDArray[np.int64], place: int) -> slice:
    return slice(int(edges[max(0, place - _REACH)]), int(edges[min(GRID, place + _REACH + 1)]))
