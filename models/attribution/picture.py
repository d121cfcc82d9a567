"""A picture of an image attribution: the image as the network reads it, the same under its map, a legend, a caption."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

PANEL = 512
"""Pixels of a side of the image, at least."""

_MARGIN, _CAPTION, _LEGEND = 16, 56, 44
_STRONGEST = 0.7
_PAPER, _INK, _FAINT = (255, 255, 255), (31, 36, 48), (102, 110, 125)
# Raises the score: black-red-yellow would hide what it lies on, so one hue that brightens; lowers: its complement.
_RAISES = np.array([[120, 0, 40], [214, 40, 40], [255, 150, 30], [255, 235, 90]], np.float64)
_LOWERS = np.array([[20, 40, 110], [37, 99, 180], [70, 160, 220], [150, 220, 250]], np.float64)


def draw(pixels: NDArray[np.uint8], weights: NDArray[np.float32], title: str, note: str) -> Image.Image:
    """Draw an attribution.

    Parameters
    ----------
    pixels : ndarray of uint8, (size, size)
        As the network reads it.
    weights : ndarray of float32, (rows, columns)
        Map of one finding, parts of its logit.
    title, note : str
        Caption, over the picture.

    Returns
    -------
    PIL.Image.Image
        RGB. Red to yellow where the score is raised, blue where it is lowered, both on the scale of the legend; grey
        shows through where a place matters little.
    """
    side = max(PANEL, len(pixels))
    grey = np.asarray(cv2.resize(pixels, (side, side), interpolation=cv2.INTER_LINEAR))
    most = float(np.abs(weights).max(initial=0)) or 1.0
    smooth = cv2.resize(np.asarray(weights, np.float32), (side, side), interpolation=cv2.INTER_CUBIC) / most
    picture = Image.new("RGB", (2 * side + 3 * _MARGIN, side + _CAPTION + _LEGEND + _MARGIN), _PAPER)
    picture.paste(Image.fromarray(grey), (_MARGIN, _CAPTION))
    picture.paste(Image.fromarray(_blend(grey, smooth)), (side + 2 * _MARGIN, _CAPTION))
    pen = ImageDraw.Draw(picture)
    pen.text((_MARGIN, 8), title, _INK, ImageFont.load_default(20))
    pen.text((_MARGIN, 33), note, _FAINT, ImageFont.load_default(13))
    _draw_legend(picture, pen, (side + 2 * _MARGIN, side + _CAPTION + 8, side), most)
    return picture


def _blend(grey: NDArray[np.uint8], smooth: NDArray[np.float32]) -> NDArray[np.uint8]:
    strength = np.clip(np.abs(smooth), 0, 1)[..., np.newaxis]
    under = np.repeat(grey[..., np.newaxis], 3, axis=2).astype(np.float64)
    opacity = _STRONGEST * strength
    return np.asarray(under * (1 - opacity) + _colour(smooth) * opacity, np.uint8)


def _colour(smooth: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the colour (..., 3) of values of -1 to 1."""
    at = np.clip(np.abs(smooth), 0, 1)
    stops = np.linspace(0, 1, len(_RAISES))
    scales = [np.stack([np.interp(at, stops, ramp[:, i]) for i in range(3)], -1) for ramp in (_RAISES, _LOWERS)]
    return np.where(np.asarray(smooth)[..., np.newaxis] > 0, *scales)


def _draw_legend(picture: Image.Image, pen: ImageDraw.ImageDraw, place: tuple[int, int, int], most: float) -> None:
    left, top, width = place
    scale = np.linspace(-1, 1, width, dtype=np.float32)
    bar = _blend(np.full((10, width), 90, np.uint8), np.repeat(scale[np.newaxis], 10, axis=0))
    picture.paste(Image.fromarray(bar), (left, top))
    font = ImageFont.load_default(13)
    labels = ((left, "la", f"-{most:.2g} lowers the score"), (left + width // 2, "ma", "0"))
    for x, anchor, text in (*labels, (left + width, "ra", f"+{most:.2g} raises it (logit)")):
        pen.text((x, top + 14), text, _FAINT, font, anchor=anchor)
