"""From an image file to the grey levels that a network reads: the one definition for training, export and scoring.

What follows, from grey levels to the network's input (channels, mean, deviation), is in the graph of the ONNX file.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from models.network.manifest import ImagePreprocessing
from warehouse.dicom.errors import UnreadableError
from warehouse.dicom.pixels import MOST_PIXELS, read_pixels, to_levels

SUFFIXES = (".jpg", ".jpeg", ".png", ".dcm", ".dicom", ".tif", ".tiff", ".bmp")
"""Names of image files in a folder; a file that is named outright may end in anything."""

MOST_BYTES = 1_000_000_000
"""A larger file is no radiograph, and would be read into memory whole."""

_DICOM_AT, _DICOM_MAGIC = 128, b"DICM"


Failures = dict[int, tuple[str, str]]
"""Code and message by place in a batch."""


class Decoded(NamedTuple):
    """Images of a batch as a network reads them."""

    pixels: NDArray[np.uint8]
    """(n_files - n_failures, size, size)."""
    failures: Failures


def read_image(path: Path, preprocessing: ImagePreprocessing) -> NDArray[np.uint8]:
    """Return the grey levels of an image file as a network reads them.

    JPEG of any colour space (decoded at the least size that suffices), PNG of 8 or 16 bit, DICOM of one grey frame.
    More than 8 bit are scaled from their lowest to their highest value, as MIMIC-CXR-JPG's were; MONOCHROME1 is
    inverted.

    Parameters
    ----------
    path : Path
    preprocessing : ImagePreprocessing

    Returns
    -------
    ndarray of uint8, shape (size, size)

    Raises
    ------
    UnreadableError
        ``missing_file``, ``not_readable``, ``empty_file``, ``not_an_image``, ``truncated``, ``too_large``,
        ``not_finite``, or a code of `warehouse.dicom.pixels`.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UnreadableError("too_large", f"has more than {MOST_BYTES:,} bytes")
        content = path.read_bytes()
    except FileNotFoundError:
        raise UnreadableError("missing_file", "there is no such file") from None
    except OSError as error:
        raise UnreadableError("not_readable", (error.strerror or "cannot be read").lower()) from None
    return prepare(decode(content, preprocessing.size), preprocessing)


def read_images(preprocessing: ImagePreprocessing, files: Sequence[str | None]) -> Decoded:
    """Read the image files of a batch in a process of a pool; one that cannot be read is a failure of the batch.

    Parameters
    ----------
    preprocessing : ImagePreprocessing
    files : sequence of str or None
        None is a missing file.
    """
    pixels = np.zeros((len(files), preprocessing.size, preprocessing.size), np.uint8)
    failures: Failures = {}
    n_threads = cv2.getNumThreads()
    cv2.setNumThreads(1)  # the pool has a process for each core
    try:
        for place, file in enumerate(files):
            try:
                if file is None:
                    raise UnreadableError("missing_file", "there is no such file")
                pixels[place - len(failures)] = read_image(Path(file), preprocessing)
            except UnreadableError as error:
                failures[place] = (error.code, error.message)
    finally:
        cv2.setNumThreads(n_threads)
    return Decoded(pixels[: len(files) - len(failures)], failures)


def decode(content: bytes, size: int) -> NDArray[np.uint8]:
    """Return the grey levels (rows, columns) of an image file's bytes; the shorter side is ``size`` or more.

    Raises
    ------
    UnreadableError
        As `read_image`.
    """
    if not content:
        raise UnreadableError("empty_file", "the file is empty")
    if content[_DICOM_AT : _DICOM_AT + len(_DICOM_MAGIC)] == _DICOM_MAGIC:
        return to_levels(*read_pixels(content))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(BytesIO(content))
            if image.width * image.height > MOST_PIXELS:
                raise UnreadableError("too_large", f"claims {image.width} x {image.height} pixels")
            if image.mode in ("L", "RGB"):
                _draft(image, size)
            return _grey(image)
    except UnidentifiedImageError:
        raise UnreadableError("not_an_image", "is neither JPEG, PNG, DICOM nor another known image") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UnreadableError("too_large", "claims more pixels than a radiograph has") from None
    except UnreadableError:
        raise
    except Exception as error:  # noqa: BLE001  # each format fails in ways of its own
        raise UnreadableError("truncated", f"its pixels cannot be decoded ({type(error).__name__})") from None


def prepare(grey: NDArray[np.uint8], preprocessing: ImagePreprocessing) -> NDArray[np.uint8]:
    """Make an image square and of the network's size.

    Parameters
    ----------
    grey : ndarray of uint8, shape (rows, columns)
    preprocessing : ImagePreprocessing
        ``pad`` keeps all of the image on black, ``crop`` its central square, ``stretch`` neither its proportions.

    Returns
    -------
    ndarray of uint8, shape (size, size)
    """
    size = preprocessing.size
    rows, columns = grey.shape
    if preprocessing.fit == "crop":
        side = min(rows, columns)
        top, left = (rows - side) // 2, (columns - side) // 2
        grey = grey[top : top + side, left : left + side]
    if preprocessing.fit == "pad" and rows != columns:
        scale = size / max(rows, columns)
        inner = _resize(grey, max(1, round(rows * scale)), max(1, round(columns * scale)))
        square = np.zeros((size, size), np.uint8)
        top, left = (size - inner.shape[0]) // 2, (size - inner.shape[1]) // 2
        square[top : top + inner.shape[0], left : left + inner.shape[1]] = inner
    else:
        square = _resize(grey, size, size)
    return np.asarray(cv2.equalizeHist(square), np.uint8) if preprocessing.is_equalized else square


def _resize(grey: NDArray[np.uint8], rows: int, columns: int) -> NDArray[np.uint8]:
    if grey.shape == (rows, columns):
        return np.ascontiguousarray(grey)
    shrinks = rows <= grey.shape[0] and columns <= grey.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(grey, (columns, rows), interpolation=method), np.uint8)


def _draft(image: Any, size: int) -> None:
    """Let a JPEG decoder skip what is not needed: a factor of 2, 4 or 8 that leaves the shorter side large enough."""
    shorter = min(image.size)
    if shorter > size:
        image.draft("L", tuple(side * size // shorter for side in image.size))


def _grey(image: Any) -> NDArray[np.uint8]:
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        values = np.asarray(image)
        if not np.isfinite(values).all():
            raise UnreadableError("not_finite", "has values that are no numbers")
        return to_levels(values, "MONOCHROME2")
    if image.mode in ("LA", "PA", "RGBA", "P"):
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "black"), image)
    return np.asarray(image.convert("L"), np.uint8)
