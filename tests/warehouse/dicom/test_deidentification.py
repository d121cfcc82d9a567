"""Which headers look as if they named a patient."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from tests.support.dicom_files import radiograph, save
from warehouse.dicom.deidentification import identifying_elements, identifying_keywords
from warehouse.dicom.headers import read_elements
from warehouse.dicom.inspection import inspect_tree


def found(tmp_path: Path, **elements: Any) -> list[str]:
    return identifying_elements(read_elements(str(save(radiograph(**elements), tmp_path / "x.dcm")))[0])


def test_the_list_holds_keywords_of_the_standard() -> None:
    assert all(pydicom.datadict.tag_for_keyword(keyword) for keyword in identifying_keywords())
    assert {"PatientName", "PatientAddress", "OtherPatientIDs", "InstitutionName"} <= identifying_keywords()
    assert not {"PatientID", "StudyDate", "StudyInstanceUID"} & identifying_keywords()


def test_a_file_as_mimic_has_them_does_not_look_identified(tmp_path: Path) -> None:
    assert found(tmp_path, StudyID="50414267", AcquisitionDate="21800506", PatientBirthDate="") == []
    assert found(tmp_path, PatientIdentityRemoved=None) == []


@pytest.mark.parametrize(
    "dummy",
    ["", "ANONYMOUS", "Anonymous^Patient", "anon123", "REMOVED", "XXXX", "___", "^^^^", "None", "removed"],
)
def test_dummies_name_nobody(tmp_path: Path, dummy: str) -> None:
    assert found(tmp_path, PatientName=dummy) == []


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("PatientName", "DOE^JANE"),
        ("PatientName", "Anders^Nona"),
        ("PatientName", "Test-Meyer^Nul"),
        ("PatientBirthDate", "19620417"),
        ("PatientAddress", "1 Main Street"),
        ("OtherPatientIDs", ["A1", "A2"]),
        ("ReferringPhysicianName", "HOUSE^G"),
        ("InstitutionName", "A hospital"),
        ("AccessionNumber", "4711"),
        ("PatientIdentityRemoved", "NO"),
        ("BurnedInAnnotation", "YES"),
    ],
)
def test_what_names_someone(tmp_path: Path, keyword: str, value: Any) -> None:
    assert found(tmp_path, **{keyword: value}) == [keyword]


def test_sequences_are_searched(tmp_path: Path) -> None:
    request, other = Dataset(), Dataset()
    request.AccessionNumber = "4711"
    other.PatientID = "123"
    assert found(
        tmp_path, RequestAttributesSequence=Sequence([request]), OtherPatientIDsSequence=Sequence([other])
    ) == ["AccessionNumber", "OtherPatientIDsSequence"]


def test_counts_of_a_tree(tmp_path: Path) -> None:
    save(radiograph(), tmp_path / "a.dcm")
    save(radiograph(PatientName="DOE^JANE", PatientIdentityRemoved=None), tmp_path / "b.dcm")
    (tmp_path / "c.dcm").write_text("text")
    result = inspect_tree(tmp_path, processes=1, progress=lambda step, done, total: None)
    assert (result.n_files, result.n_unreadable, result.n_looks_identified) == (3, 1, 1)
    assert result.elements == {"PatientName": 1}
    assert result.identity_removed == {"YES": 1, "not stated": 1}
