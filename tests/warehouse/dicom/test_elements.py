"""The fast reader of headers says what pydicom says."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import Any

import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.datadict import dictionary_has_tag, keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from tests.support.dicom_files import code, radiograph, save, shipped
from warehouse.dicom import elements, unusual
from warehouse.dicom.errors import UnreadableError
from warehouse.dicom.headers import FIRST_BYTES, read_elements
from warehouse.dicom.values import LONGEST, UnusualError

TRUNCATED = {"MR_truncated.dcm", "rtplan_truncated.dcm", "DICOMDIR-nooffset"}
BINARY = {"OB", "OD", "OF", "OL", "OV", "OW", "UN"}


def as_pydicom_says(dataset: Dataset) -> dict[str, Any]:
    """Return the expected elements from pydicom's values alone."""
    expected = {}
    for element in dataset:
        if element.tag.element == 0:
            continue
        named = dictionary_has_tag(element.tag) and not element.tag.is_private and keyword_for_tag(element.tag)
        expected[named or f"({element.tag.group:04x},{element.tag.element:04x})"] = element
    return expected


def assert_equal(found: Any, element: Any) -> None:
    value = element.value
    if element.VR == "SQ":
        assert len(found) == len(value)
        for item, theirs in zip(found, value, strict=True):
            expected = as_pydicom_says(theirs)
            assert item.keys() == expected.keys()
            for keyword, inner in expected.items():
                assert_equal(item[keyword], inner)
        return
    if isinstance(found, dict):
        assert found["left_out"] == element.VR
        assert element.VR in BINARY or found["bytes"] > LONGEST or isinstance(value, bytes)
    elif found is None:
        assert element.is_empty or str(value).strip("\0 ") == ""
    elif isinstance(found, list):
        assert [plain(part, element.VR) for part in value] == found
    else:
        assert plain(value, element.VR) == found


def plain(value: Any, vr: str) -> Any:
    if vr == "AT":
        return f"({value.group:04x},{value.element:04x})"
    if vr in {"DS", "FL", "FD"} and value != "":
        return float(value) if math.isfinite(value) else str(float(value))
    if isinstance(value, int):
        return int(value)
    return None if value == "" and vr in {"DS", "IS"} else str(value)


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.name)
def test_values_are_those_of_pydicom(path: Path) -> None:
    if path.name in TRUNCATED:
        with pytest.raises(UnreadableError, match="truncated"):
            read_elements(str(path))
        return
    found, _ = read_elements(str(path))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(path, stop_before_pixels=True)
        expected = as_pydicom_says(dataset.file_meta) | as_pydicom_says(dataset)
        assert found.keys() == expected.keys()
        for keyword, element in expected.items():
            assert_equal(found[keyword], element)


def test_most_files_need_no_pydicom() -> None:
    n_fast = 0
    for path in shipped():
        content = path.read_bytes()
        try:
            elements.read(content, len(content))
        except (UnusualError, elements.ShortError):
            continue
        n_fast += 1
    assert n_fast > 0.8 * len(shipped())


TEXT = st.text(st.characters(codec="latin-1", exclude_characters="\\\x00\x1b\x0a\x0c\x0d=^ "), max_size=12)
NUMBER = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: float(f"{value:.4g}"))
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "SpecificCharacterSet": st.sampled_from(["ISO_IR 100", "ISO_IR 192"]),
    "ImageType": st.lists(st.sampled_from(["DERIVED", "PRIMARY", "OTHER"]), min_size=1, max_size=3),
    "Manufacturer": TEXT,
    "StudyDescription": TEXT,
    "PatientName": TEXT,
    "PatientComments": TEXT,
    "KVP": NUMBER,
    "PixelSpacing": st.lists(NUMBER, min_size=2, max_size=2),
    "ExposureTime": st.integers(-(2**31), 2**31 - 1),
    "Rows": st.integers(0, 65_535),
    "ExposureIndex": NUMBER,
    "SmallestImagePixelValue": st.integers(0, 32_767),
    "FrameIncrementPointer": st.sampled_from([0x00181063, 0x00181065]),
    "DetectorActiveOrigin": st.lists(NUMBER, min_size=2, max_size=2),
    "TableOfXBreakPoints": st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=4),
    "EventElapsedTimes": NUMBER,
    "RetrieveURL": st.just("https://example.org/wado?x=1"),
}


@st.composite
def datasets(draw: st.DrawFn, depth: int = 2) -> Dataset:
    dataset = Dataset()
    names = draw(st.sets(st.sampled_from([name for name in VALUES if keyword_is_known(name)])))
    if depth < 2:
        names -= {"SpecificCharacterSet"}
    for name in sorted(names):
        setattr(dataset, name, draw(VALUES[name]))
    if draw(st.booleans()):
        block = dataset.private_block(0x0019, "cxr-warehouse test", create=True)
        block.add_new(1, draw(st.sampled_from(["LO", "DS", "US", "OB"])), None)
    if depth:
        for name in draw(st.sets(st.sampled_from(["ViewCodeSequence", "ProcedureCodeSequence"]))):
            items = Sequence(draw(st.lists(datasets(depth=depth - 1), max_size=2)))
            setattr(dataset, name, items)
            dataset[name].is_undefined_length = draw(st.booleans())
            for item in items:
                item.is_undefined_length_sequence_item = draw(st.booleans())
    return dataset


def keyword_is_known(name: str) -> bool:
    return pydicom.datadict.tag_for_keyword(name) is not None


@given(
    datasets(),
    st.sampled_from(
        [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian]
    ),
)
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_pydicom_writes_is_read_as_pydicom_reads_it(
    tmp_path_factory: pytest.TempPathFactory, dataset: Dataset, syntax: pydicom.uid.UID
) -> None:
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2", "1.2.3"
    path = tmp_path_factory.getbasetemp() / "written.dcm"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        save(dataset, path, syntax)
        found, _ = read_elements(str(path))
        written = pydicom.dcmread(path)
        expected = as_pydicom_says(written.file_meta) | as_pydicom_says(written)
        assert found.keys() == expected.keys()
        for keyword, element in expected.items():
            assert_equal(found[keyword], element)
        assert unusual.read(path) == found


@given(st.binary(max_size=400), st.integers(0, 500))
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_damaged_files_are_errors_with_a_code(tmp_path_factory: pytest.TempPathFactory, noise: bytes, at: int) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.dcm"
    content = bytearray(save(radiograph(), path).read_bytes())
    content[132 + at : 132 + at + len(noise)] = noise
    path.write_bytes(content)
    try:
        read_elements(str(path))
    except UnreadableError as error:
        assert error.code in {"not_dicom", "truncated", "damaged"}  # noqa: PT017


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_every_truncation_of_a_native_file_is_noticed(tmp_path: Path, syntax: pydicom.uid.UID) -> None:
    whole = save(radiograph(ViewCodeSequence=Sequence([code("postero-anterior")])), tmp_path / "x.dcm", syntax)
    content = whole.read_bytes()
    cut = tmp_path / "cut.dcm"
    for n_bytes in range(140, len(content) - 1, 7):
        cut.write_bytes(content[:n_bytes])
        try:
            found, _ = read_elements(str(cut))
        except UnreadableError as error:
            assert error.code in {"truncated", "not_dicom", "damaged"}  # noqa: PT017
        else:
            # Cut between two elements, a file is a smaller file.
            assert "PixelRepresentation" not in found or n_bytes < content.rindex(b"\xe0\x7f\x10\x00") + 8


def test_a_header_longer_than_the_first_bytes(tmp_path: Path) -> None:
    dataset = radiograph(ImageComments="é", SpecificCharacterSet="ISO_IR 100")
    dataset.add_new(0x00091001, "OB", bytes(3 * FIRST_BYTES))
    dataset.add_new(0x00090010, "LO", "block")
    found, _ = read_elements(str(save(dataset, tmp_path / "long.dcm")))
    assert found["(0009,1001)"] == {"left_out": "OB", "bytes": 3 * FIRST_BYTES}
    assert found["ImageComments"] == "é"
    assert found["Rows"] == 6


def test_other_character_sets_are_decoded(tmp_path: Path) -> None:
    dataset = radiograph(PatientName="Ж", SpecificCharacterSet="ISO_IR 144")
    assert read_elements(str(save(dataset, tmp_path / "x.dcm")))[0]["PatientName"] == "Ж"


def test_a_file_without_preamble(tmp_path: Path) -> None:
    path = tmp_path / "bare.dcm"
    radiograph().save_as(path, implicit_vr=True, little_endian=True)
    assert read_elements(str(path))[0]["Modality"] == "DX"
