"""Pixels of a radiograph to 8-bit grey, as MIMIC-CXR-JPG was made from MIMIC-CXR.

The recipe is the one that the release's authors published (MIT-LCP/mimic-cxr, issue 16; Johnson et al., arXiv
1901.07042): stored values, minimum subtracted, scaled to 0-255 and truncated, MONOCHROME1 inverted, histogram
equalised, JPEG of quality 95. Neither rescale slope nor window (VOI LUT) is applied.
"""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from warehouse.dicom.errors import UnreadableError

JPEG_QUALITY = 95
MOST_PIXELS = 100_000_000
"""Radiographs have at most some 20 million pixels; a file that claims more is damaged or an attack."""

_LEVELS = 1 << 16


def to_grey8(pixels: NDArray[Any], photometric_interpretation: str) -> NDArray[np.uint8]:
    """Apply the published recipe to stored pixel values: `to_levels`, then the histogram equalised."""
    return np.asarray(cv2.equalizeHist(to_levels(pixels, photometric_interpretation)), np.uint8)


def to_levels(pixels: NDArray[Any], photometric_interpretation: str) -> NDArray[np.uint8]:
    """Scale stored pixel values to grey levels, from the lowest value to the highest.

    Parameters
    ----------
    pixels : ndarray of int or float, shape (rows, columns)
        Stored values, signed or not.
    photometric_interpretation : str
        MONOCHROME1 (the lowest value is white) or MONOCHROME2.

    Returns
    -------
    ndarray of uint8, shape (rows, columns)
        Black is 0. Air is dark, as in every MONOCHROME2 radiograph. An image of one value stays one value: 0, or 255
        of MONOCHROME1.
    """
    lowest, highest = pixels.min().item(), pixels.max().item()
    span = highest - lowest
    if span == 0:
        grey = np.zeros(pixels.shape, np.uint8)
    elif np.issubdtype(pixels.dtype, np.integer) and span < _LEVELS:
        # The same division for every value there is, instead of for every pixel.
        scaled = (np.arange(span + 1) / span * 255).astype(np.uint8)
        grey = scaled[pixels.astype(np.int64) - lowest]
    else:
        grey = ((pixels.astype(np.float64) - lowest) / span * 255).astype(np.uint8)
    return np.asarray(cv2.bitwise_not(grey), np.uint8) if photometric_interpretation == "MONOCHROME1" else grey


def to_jpeg(grey: NDArray[np.uint8]) -> bytes:
    """Return the JPEG file of an image, as ``cv2.imwrite`` makes it."""
    _, encoded = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return encoded.tobytes()


def read_pixels(content: bytes) -> tuple[NDArray[Any], str]:
    """Return stored values (rows, columns) and photometric interpretation of a DICOM file of one grey image.

    Any transfer syntax that pydicom decodes; pylibjpeg and its plugins decode the compressed ones.

    Raises
    ------
    UnreadableError
        ``not_dicom``, ``no_pixels``, ``multi_frame``, ``not_grey``, ``too_large``, or ``not_decodable``.
    """
    import pydicom
    from pydicom.errors import InvalidDicomError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            dataset = pydicom.dcmread(BytesIO(content))
            _check(dataset)
            pixels = dataset.pixel_array
            interpretation = str(dataset.PhotometricInterpretation)
        except InvalidDicomError:
            raise UnreadableError("not_dicom", "is not a DICOM file") from None
        except UnreadableError:
            raise
        except Exception as error:  # noqa: BLE001  # each codec fails in ways of its own
            raise UnreadableError("not_decodable", f"its pixels cannot be decoded ({type(error).__name__})") from None
    if pixels.ndim != 2:
        raise UnreadableError("not_grey", f"is an image of {pixels.ndim} dimensions")
    return pixels, interpretation


def _check(dataset: Any) -> None:
    if "PixelData" not in dataset:
        raise UnreadableError("no_pixels", "has no integer pixels")
    if int(dataset.get("NumberOfFrames") or 1) > 1:
        raise UnreadableError("multi_frame", f"has {dataset.NumberOfFrames} frames")
    rows, columns = int(dataset.get("Rows") or 0), int(dataset.get("Columns") or 0)
    if rows * columns > MOST_PIXELS:
        raise UnreadableError("too_large", f"claims {rows} x {columns} pixels")
    interpretation = dataset.get("PhotometricInterpretation")
    if interpretation not in {"MONOCHROME1", "MONOCHROME2"}:
        raise UnreadableError("not_grey", f"is {interpretation or 'of no named colour space'}, not MONOCHROME1 or 2")
