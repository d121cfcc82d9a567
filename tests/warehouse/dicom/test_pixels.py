"""The published recipe: against another implementation of it, and in every transfer syntax."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pydicom.data import get_testdata_file
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    RLELossless,
)

from tests.support.dicom_files import radiograph, save
from warehouse.dicom.errors import UnreadableError
from warehouse.dicom.pixels import read_pixels, to_grey8, to_jpeg


def content(name: str) -> bytes:
    return Path(get_testdata_file(name, download=False)).read_bytes()


def jpeg(content: bytes) -> bytes:
    return to_jpeg(to_grey8(*read_pixels(content)))


def published(pixels: Any, interpretation: str) -> Any:
    """Follow the published text with plain numpy; the equalisation by its definition."""
    image = pixels.astype(np.float64)
    image = image - image.min()
    image = image / (image.max() or 1)
    grey = (image * 255).astype(np.uint8)
    if interpretation == "MONOCHROME1":
        grey = 255 - grey
    counts = np.bincount(grey.ravel(), minlength=256)
    first = int(np.flatnonzero(counts)[0])
    if counts[first] == grey.size:
        return grey
    cumulated = np.cumsum(counts) - counts[first]
    levels = np.rint(cumulated.astype(np.float32) * np.float32(255 / (grey.size - counts[first])))
    return levels.clip(0).astype(np.uint8)[grey]


@given(
    arrays.arrays(
        st.sampled_from([np.uint8, np.uint16, np.int16, np.int32]),
        st.tuples(st.integers(1, 12), st.integers(1, 12)),
    ),
    st.sampled_from(["MONOCHROME1", "MONOCHROME2"]),
)
@settings(deadline=None)
def test_the_recipe(pixels: Any, interpretation: str) -> None:
    assert np.abs(to_grey8(pixels, interpretation).astype(int) - published(pixels, interpretation)).max() <= 1


def test_the_recipe_on_a_radiograph_is_exact() -> None:
    pixels, interpretation = read_pixels(content("RG1_UNCR.dcm"))
    assert (pixels.shape, interpretation) == ((1955, 1841), "MONOCHROME1")
    grey = to_grey8(pixels, interpretation)
    assert np.array_equal(grey, published(pixels, interpretation))


def test_the_steps_one_by_one() -> None:
    """0 to 300 in steps of 100, each once: 0, 85, 170 and 255 before equalisation, which leaves them."""
    pixels = np.array([[1000, 1100], [1200, 1300]], np.uint16)
    assert to_grey8(pixels, "MONOCHROME2").tolist() == [[0, 85], [170, 255]]
    assert to_grey8(pixels, "MONOCHROME1").tolist() == [[255, 170], [85, 0]]


def test_values_are_truncated_before_equalisation() -> None:
    pixels = np.array([[0, 999, 1000, 1000]], np.uint16)  # 999 / 1000 * 255 = 254.7
    assert np.unique(to_grey8(pixels, "MONOCHROME2")).size == 3


@pytest.mark.parametrize(("interpretation", "grey"), [("MONOCHROME2", 0), ("MONOCHROME1", 255)])
def test_a_constant_image_stays_constant(interpretation: str, grey: int) -> None:
    assert np.unique(to_grey8(np.full((4, 4), 700, np.uint16), interpretation)).tolist() == [grey]


def test_signed_pixels_do_not_overflow() -> None:
    pixels = np.array([[-32_768, 0], [0, 32_767]], np.int16)
    assert to_grey8(pixels, "MONOCHROME2")[0, 0] == 0
    assert to_grey8(pixels, "MONOCHROME2")[1, 1] == 255


def test_the_jpeg_is_the_file_that_opencv_writes(tmp_path: Path) -> None:
    grey = to_grey8(np.arange(4096, dtype=np.uint16).reshape(64, 64), "MONOCHROME2")
    cv2.imwrite(str(tmp_path / "x.jpg"), grey)
    assert to_jpeg(grey) == (tmp_path / "x.jpg").read_bytes()


@pytest.mark.parametrize("name", ["RG1", "RG3"])
def test_lossless_syntaxes_give_the_same_jpeg(name: str) -> None:
    """UNCR and UNCI are what the lossless and the lossy file decode to."""
    assert jpeg(content(f"{name}_J2KR.dcm")) == jpeg(content(f"{name}_UNCR.dcm"))
    assert jpeg(content(f"{name}_J2KI.dcm")) == jpeg(content(f"{name}_UNCI.dcm"))


@pytest.mark.parametrize(
    "syntax",
    [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian, RLELossless, JPEG2000Lossless],
    ids=lambda syntax: syntax.name,
)
def test_other_encodings_of_the_same_radiograph_give_the_same_jpeg(syntax: UID) -> None:
    dataset = pydicom.dcmread(BytesIO(content("RG1_UNCR.dcm")))
    encoded = BytesIO()
    if syntax.is_compressed and syntax != DeflatedExplicitVRLittleEndian:
        dataset.compress(syntax, generate_instance_uid=False)
        dataset.save_as(encoded)
    else:
        if syntax == ExplicitVRBigEndian:
            dataset.PixelData = dataset.pixel_array.astype(">u2").tobytes()
        dataset.file_meta.TransferSyntaxUID = syntax
        pydicom.dcmwrite(
            encoded,
            dataset,
            implicit_vr=syntax.is_implicit_VR,
            little_endian=syntax.is_little_endian,
            enforce_file_format=True,
        )
    assert jpeg(encoded.getvalue()) == jpeg(content("RG1_UNCR.dcm"))


@pytest.mark.parametrize(("name", "bound"), [("RG1", 2.0), ("RG3", 0.5)])
def test_a_lossy_syntax_gives_the_same_jpeg_within_its_loss(name: str, bound: float) -> None:
    """Mean difference in grey levels: 1.67 and 0.29.

    The codec changes RG1 by 50 of 25,605 stored values in the mean, half a grey level; equalisation spreads the narrow
    histogram over all levels and the difference with it.
    """
    lossless, lossy = (
        cv2.imdecode(np.frombuffer(jpeg(content(f"{name}_{kind}.dcm")), np.uint8), cv2.IMREAD_UNCHANGED).astype(int)
        for kind in ("J2KR", "J2KI")
    )
    assert 0 < np.abs(lossless - lossy).mean() < bound


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"NumberOfFrames": 2, "Rows": 3}, "multi_frame"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "not_grey"),
        ({"PixelData": None}, "no_pixels"),
        ({"PixelData": b"\0\0"}, "not_decodable"),
    ],
)
def test_what_is_no_single_grey_image_has_a_code(tmp_path: Path, changes: dict[str, Any], code: str) -> None:
    path = save(radiograph(**changes), tmp_path / "x.dcm")
    with pytest.raises(UnreadableError) as raised:
        read_pixels(path.read_bytes())
    assert raised.value.code == code


def test_text_is_no_dicom_file() -> None:
    with pytest.raises(UnreadableError, match="not_dicom"):
        read_pixels(b"FINDINGS: clear.\n" * 20)
