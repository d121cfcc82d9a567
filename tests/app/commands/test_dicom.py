"""``cxr load dicom`` and ``cxr dicom``, run as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.console import cxr, one_line
from tests.support.dicom_files import radiograph, save


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(radiograph(), tmp_path / "tree" / "a.dcm")
    save(radiograph(PatientName="DOE^JANE"), tmp_path / "tree" / "b.dcm")
    (tmp_path / "tree" / "c.dcm").write_text("text")
    return tmp_path


def test_load(folder: Path) -> None:
    loaded = json.loads(cxr("load", "dicom", "tree", "--json", cwd=folder).stdout)
    assert (loaded["status"], loaded["rows"], loaded["n_rejected"]) == ("loaded", {"raw.dicom_header": 2}, 1)
    assert "1 items were rejected" in cxr("load", "dicom", "tree", cwd=folder).stdout
    assert "'dicom' needs a folder" in one_line(cxr("load", "dicom", cwd=folder))


def test_to_jpg(folder: Path) -> None:
    refused = cxr("dicom", "to-jpg", "tree", "jpg", cwd=folder)
    assert refused.returncode == 0
    assert "looks_identified" in refused.stdout
    assert "JANE" not in refused.stdout + refused.stderr
    counts = json.loads(cxr("dicom", "to-jpg", "tree", "jpg", "--allow-identified", "--json", cwd=folder).stdout)
    assert (counts["n_converted"], counts["n_unchanged"], counts["codes"]) == (1, 1, {"not_dicom": 1})


def test_nothing_converted_is_exit_code_1(folder: Path) -> None:
    for name in ("a", "b"):
        (folder / "tree" / f"{name}.dcm").unlink()
    assert cxr("dicom", "to-jpg", "tree", "jpg", cwd=folder).returncode == 1
    assert "does not exist" in one_line(cxr("dicom", "to-jpg", "absent", "jpg", cwd=folder))


def test_check(folder: Path) -> None:
    checked = cxr("dicom", "check", "tree", "--json", cwd=folder)
    assert checked.returncode == 3
    assert json.loads(checked.stdout)["elements"] == {"PatientName": 1}
    assert "PatientName" in cxr("dicom", "check", "tree", cwd=folder).stdout
    (folder / "tree" / "b.dcm").unlink()
    assert cxr("dicom", "check", "tree", cwd=folder).returncode == 0
