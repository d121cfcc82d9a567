"""A warehouse that several tests of the command line read, and label files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.console import cxr

LABEL_FILES = {
    "gold": "study_id,Edema,Fracture\n1,1,\n2,0,1\n3,-1,\n",
    "mine": "study_id,Edema,Fracture\n1,1,\n2,0,1\n3,,\n",
    "theirs": "Reports,Edema,Fracture\none,0,\ntwo,0,1\nthree,-1,\n",
}


@pytest.fixture(scope="session")
def openi(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("openi")
    loaded = cxr("load", "openi", "--json", cwd=folder)
    assert loaded.returncode == 0, loaded.stderr
    assert json.loads(loaded.stdout)["rows"]["raw.openi_report"] == 3955
    return folder


@pytest.fixture
def paths(tmp_path: Path) -> dict[str, Path]:
    """Label files: a gold file, and two labelers'."""
    for name, content in LABEL_FILES.items():
        (tmp_path / f"{name}.csv").write_text(content)
    return {name: tmp_path / f"{name}.csv" for name in LABEL_FILES}
