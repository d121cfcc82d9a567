"""Reading image files: every form a radiograph comes in gives its grey levels, and anything else a reason."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pydicom.pixels
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image
from pydicom.uid import ExplicitVRLittleEndian, RLELossless

from models.network.manifest import ImagePreprocessing
from models.network.pixels import decode, prepare, read_image, read_images
from tests.support.dicom_files import radiograph, save, shipped
from warehouse.dicom.errors import UnreadableError

SIZE = 16
RAMP = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (48, 1))
"""Dark on the left, bright on the right; 48 rows, 64 columns."""


def preprocessing(fit: str = "stretch", *, size: int = SIZE, is_equalized: bool = False) -> ImagePreprocessing:
    return ImagePreprocessing(size=size, fit=fit, is_equalized=is_equalized, channels=1, mean=[0], std=[1])


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def read(tmp_path: Path, content: bytes) -> np.ndarray:
    (tmp_path / "file").write_bytes(content)
    return read_image(tmp_path / "file", preprocessing())


EXPECTED = prepare(RAMP, preprocessing())
GREY = Image.fromarray(RAMP)
RGBA = Image.merge("RGBA", [GREY, GREY, GREY, Image.new("L", GREY.size, 255)])
FORMS = {
    "PNG of 8 bit": encoded(GREY, "PNG"),
    "PNG of 16 bit": encoded(Image.fromarray(RAMP.astype(np.uint16) * 257), "PNG"),
    "PNG of colour": encoded(GREY.convert("RGB"), "PNG"),
    "PNG with transparency": encoded(RGBA, "PNG"),
    "PNG of grey and transparency": encoded(RGBA.convert("LA"), "PNG"),
    "PNG with a palette": encoded(GREY.convert("P"), "PNG"),
    "JPEG of grey": encoded(GREY, "JPEG", quality=95),
    "JPEG of colour": encoded(GREY.convert("RGB"), "JPEG", quality=95),
    "JPEG of CMYK": encoded(GREY.convert("RGB").convert("CMYK"), "JPEG", quality=95),
    "progressive JPEG": encoded(GREY, "JPEG", quality=95, progressive=True),
    "TIFF": encoded(GREY, "TIFF"),
    "TIFF of floats": encoded(Image.fromarray(RAMP.astype(np.float32) / 255), "TIFF"),
    "BMP": encoded(GREY, "BMP"),
}


@pytest.mark.parametrize("content", FORMS.values(), ids=FORMS)
def test_every_form_gives_the_same_levels(tmp_path, content):
    found = read(tmp_path, content)
    assert (found.shape, found.dtype) == ((SIZE, SIZE), np.uint8)
    assert np.abs(found.astype(int) - EXPECTED).max() <= 4


def test_what_is_transparent_is_black(tmp_path):
    clear = Image.merge("RGBA", [GREY, GREY, GREY, Image.new("L", GREY.size, 0)])
    assert not read(tmp_path, encoded(clear, "PNG")).any()
    palette = Image.fromarray(np.zeros((8, 8), np.uint8), "P")
    palette.putpalette([255, 255, 255])
    assert not read(tmp_path, encoded(palette, "PNG", transparency=0)).any()


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless])
def test_dicom_of_both_interpretations(tmp_path, syntax):
    """MONOCHROME1 is inverted; black is black in both, whatever the transfer syntax."""
    for interpretation, levels in (("MONOCHROME2", RAMP), ("MONOCHROME1", 255 - RAMP)):
        dataset = radiograph(levels.astype(np.uint16) * 16, PhotometricInterpretation=interpretation)
        if syntax.is_encapsulated:
            save(dataset, tmp_path / "plain.dcm")
            pydicom.pixels.compress(dataset, syntax)
        found = read_image(save(dataset, tmp_path / "file.dcm", syntax), preprocessing())
        assert np.abs(found.astype(int) - EXPECTED).max() <= 1, interpretation


def test_shipped_dicom_files_give_levels_or_a_reason():
    """Those of pydicom and pydicom-data: every transfer syntax, broken ones, colour, several frames."""
    codes, n_read = set(), 0
    for path in shipped():
        try:
            found = read_image(path, preprocessing())
        except UnreadableError as error:
            codes.add(error.code)
        else:
            n_read += 1
            assert (found.shape, found.dtype) == ((SIZE, SIZE), np.uint8)
    assert n_read > 20
    assert codes <= {"no_pixels", "multi_frame", "not_grey", "not_decodable", "not_dicom"}


def claim(width: int, height: int) -> bytes:
    """Return a PNG that claims a size and holds hardly a byte of it."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"no image at all", "not_an_image"),
        (FORMS["JPEG of grey"][:300], "truncated"),
        (FORMS["PNG of 8 bit"][:60], "truncated"),
        (FORMS["PNG of 16 bit"][:60], "truncated"),
        (FORMS["TIFF"][:500], "truncated"),
        (claim(60_000, 60_000), "too_large"),
        (claim(9_600, 9_600), "too_large"),
        (claim(4_000, 4_000), "truncated"),
        (bytes(128) + b"DICM", "no_pixels"),
        (bytes(128) + b"DICM" + b"\xff" * 64, "no_pixels"),
        (encoded(Image.fromarray(np.full((4, 4), np.nan, np.float32)), "TIFF"), "not_finite"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_radiograph_has_a_code(tmp_path, content, code):
    with pytest.raises(UnreadableError) as error:
        read(tmp_path, content)
    assert error.value.code == code


def test_dicom_that_claims_too_much(tmp_path):
    path = save(radiograph(Rows=65_000, Columns=65_000), tmp_path / "file.dcm")
    with pytest.raises(UnreadableError, match="too_large"):
        read_image(path, preprocessing())


def test_places_that_are_no_files(tmp_path):
    for path, code in ((tmp_path / "absent", "missing_file"), (tmp_path, "not_readable")):
        with pytest.raises(UnreadableError) as error:
            read_image(path, preprocessing())
        assert error.value.code == code


def test_a_batch_keeps_failures_apart(tmp_path):
    for i, form in enumerate(("PNG of 8 bit", "TIFF")):
        (tmp_path / str(i)).write_bytes(FORMS[form])
    files = [None, str(tmp_path / "0"), str(tmp_path / "gone"), str(tmp_path / "1")]
    n_threads = cv2.getNumThreads()
    batch = read_images(preprocessing(), files)
    assert cv2.getNumThreads() == n_threads
    assert {place: code for place, (code, _) in batch.failures.items()} == {0: "missing_file", 2: "missing_file"}
    np.testing.assert_array_equal(batch.pixels, [EXPECTED, EXPECTED])


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(FORMS)), st.data())
def test_damage_gives_levels_or_a_reason(form, data):
    """Bytes changed at random: never another exception, never another shape."""
    content = bytearray(FORMS[form])
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=8)):
        content[place] = data.draw(st.integers(0, 255))
    try:
        grey = decode(bytes(content), SIZE)
    except UnreadableError:
        return
    assert grey.dtype == np.uint8
    assert grey.ndim == 2


def test_the_draft_of_a_large_jpeg_is_large_enough():
    levels = np.random.default_rng(0).integers(0, 256, (900, 700), dtype=np.uint8)
    content = encoded(Image.fromarray(levels).resize((700, 900)), "JPEG", quality=90)
    for size in (32, 100, 224, 500, 700, 800):
        grey = decode(content, size)
        assert min(grey.shape) >= min(size, 700)
        assert min(grey.shape) < max(2 * size, 700 / 8 + 1)


LEVELS = arrays.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40)))
FITS = st.sampled_from(["pad", "crop", "stretch"])


@settings(deadline=None)
@given(LEVELS, FITS, st.integers(1, 32), st.booleans())
def test_prepare_gives_the_size_and_stays_within_the_levels(grey, fit, size, is_equalized):
    before = grey.copy()
    found = prepare(grey, preprocessing(fit, size=size, is_equalized=is_equalized))
    assert (found.shape, found.dtype) == ((size, size), np.uint8)
    if not is_equalized:
        assert found.max() <= grey.max()
        assert found.min() >= (0 if fit == "pad" else grey.min())
    np.testing.assert_array_equal(grey, before)
    np.testing.assert_array_equal(found, prepare(grey, preprocessing(fit, size=size, is_equalized=is_equalized)))


@settings(deadline=None)
@given(st.integers(0, 255), st.integers(1, 40), st.integers(1, 40), st.integers(4, 32))
def test_an_image_of_one_level_keeps_it(level, rows, columns, size):
    grey = np.full((rows, columns), level, np.uint8)
    for fit in ("crop", "stretch"):
        assert (prepare(grey, preprocessing(fit, size=size)) == level).all()
    padded = prepare(grey, preprocessing("pad", size=size))
    assert set(np.unique(padded)) <= {0, level}
    inside = np.argwhere(padded == level) if level else np.argwhere(padded == 0)
    assert inside.max() >= (size - 1) / 2  # centred


@settings(deadline=None)
@given(LEVELS, st.integers(1, 32))
def test_transposing_commutes(grey, size):
    for fit in ("pad", "crop", "stretch"):
        found = prepare(np.ascontiguousarray(grey.T), preprocessing(fit, size=size)).T.astype(int)
        assert np.abs(found - prepare(grey, preprocessing(fit, size=size))).max() <= 1


def test_a_square_of_the_size_is_left_alone():
    grey = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE), dtype=np.uint8)
    for fit in ("pad", "crop", "stretch"):
        np.testing.assert_array_equal(prepare(grey, preprocessing(fit)), grey)
