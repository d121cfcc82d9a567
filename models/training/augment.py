"""Changes of training images that leave their findings as they are. numpy and OpenCV only.

No flip: a mirrored radiograph shows dextrocardia.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field


class Augmentation(BaseModel):
    """How far an image may be changed; each change is drawn evenly from its range.

    Attributes
    ----------
    rotation : float
        Degrees to either side.
    scale : float
        Share by which it may shrink or grow.
    shift : float
        Share of the side that it may move, in either direction.
    contrast : float
        Share by which differences from the mean may shrink or grow.
    brightness : float
        Grey levels that may be added or taken away.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rotation: float = Field(10, ge=0, le=45)
    scale: float = Field(0.12, ge=0, lt=1)
    shift: float = Field(0.06, ge=0, lt=0.5)
    contrast: float = Field(0.25, ge=0, lt=1)
    brightness: float = Field(25, ge=0, le=128)


def augment(pixels: NDArray[np.uint8], chosen: Augmentation, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a changed copy of an image; what comes in from outside is black.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (size, size)
    chosen : Augmentation
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of uint8, shape (size, size)
    """
    size = len(pixels)
    angle, scale, contrast = rng.uniform(-1, 1, 3) * (chosen.rotation, chosen.scale, chosen.contrast)
    shift, brightness = rng.uniform(-1, 1, 2) * chosen.shift * size, rng.uniform(-1, 1) * chosen.brightness
    centre = ((size - 1) / 2, (size - 1) / 2)
    matrix = cv2.getRotationMatrix2D(centre, float(angle), float(1 + scale))
    matrix[:, 2] += shift
    moved = cv2.warpAffine(pixels, matrix, (size, size), flags=cv2.INTER_LINEAR)
    mean = float(moved.mean())
    levels = np.arange(256, dtype=np.float32)
    curve = np.clip((levels - mean) * (1 + contrast) + mean + brightness, 0, 255).round().astype(np.uint8)
    return np.asarray(cv2.LUT(moved, curve), np.uint8)
