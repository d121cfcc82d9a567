"""``cxr load`` and ``cxr export parquet`` as a user runs them, on a release made here."""

import gzip
import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from tests.support.console import cxr

STUDY = "files/p10/p10000001/s50000001.txt"


@pytest.fixture
def release(tmp_path: Path) -> Path:
    folder = tmp_path / "download/physionet.org/files/mimic-cxr/2.1.0"
    folder.mkdir(parents=True)
    rows = f"subject_id,study_id,path\n10000001,50000001,{STUDY}\n"
    (folder / "cxr-study-list.csv.gz").write_bytes(gzip.compress(rows.encode()))
    with zipfile.ZipFile(folder / "mimic-cxr-reports.zip", "w") as archive:
        archive.writestr(STUDY, " FINAL REPORT\n FINDINGS: Invented.\n")
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}" for path in folder.iterdir()]
    (folder / "SHA256SUMS.txt").write_text("\n".join([*sums, f"{'0' * 64}  {STUDY}"]) + "\n")
    return folder


def test_load_verify_export_restore(release: Path, tmp_path: Path) -> None:
    loaded = cxr("load", "mimic-cxr", "download", "--verify", "--json", cwd=tmp_path)
    assert loaded.returncode == 0, loaded.stderr
    said = json.loads(loaded.stdout)
    assert said["status"] == "loaded"
    assert said["verified"]["n_hashed"] == 0
    assert said["verified"]["counts"] == {
        "match": {"cxr-study-list.csv.gz": 1, "mimic-cxr-reports.zip": 1},
        "missing": {".txt": 1},
    }
    exported = cxr("export", "parquet", "out", cwd=tmp_path)
    assert exported.returncode == 0, exported.stderr
    assert "The files hold the text of the reports" in exported.stdout
    restored = cxr("load", "parquet", "out", "--json", "--warehouse", "again.duckdb", cwd=tmp_path)
    assert restored.returncode == 0, restored.stderr
    assert json.loads(restored.stdout)["rows"]["raw.mimic_cxr_report"] == 1
    found = cxr("sql", "select text from raw.report", "--format", "json", "--warehouse", "again.duckdb", cwd=tmp_path)
    assert "Invented" in found.stdout


@pytest.mark.parametrize("typed", ["mimic-cxr", "mimic_cxr"])
def test_a_source_has_one_name_however_it_is_typed(release: Path, tmp_path: Path, typed: str) -> None:
    loaded = cxr("load", typed, release, "--verify", cwd=tmp_path)
    assert loaded.returncode == 0, loaded.stderr
    assert "mimic-cxr: loaded" in loaded.stdout
    found = cxr("sql", "select distinct source from raw.file_checksum", "--format", "json", cwd=tmp_path)
    assert json.loads(found.stdout) == [{"source": "mimic-cxr"}]


def test_what_is_damaged_is_named_and_the_rest_loaded(release: Path, tmp_path: Path) -> None:
    path = release / "mimic-cxr-reports.zip"
    path.write_bytes(path.read_bytes()[:-30])
    result = cxr("load", "mimic-cxr", release, "--verify", cwd=tmp_path)
    assert result.returncode == 1
    assert "raw.mimic_cxr_study" in result.stdout
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 2
    assert "mimic-cxr-reports.zip: is damaged or truncated. Get it again" in lines[0]
    assert lines[1] == "error: mimic-cxr-reports.zip: differs from its published hash. Get it again"
    again = cxr("load", "mimic-cxr", release, "--json", cwd=tmp_path)
    assert (again.returncode, json.loads(again.stdout)["status"]) == (1, "unchanged")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("load", "parquet"), "'parquet' needs the folder"),
        (("load", "parquet", "nowhere"), "manifest.json is not there"),
        (("load", "mimic-cxr", "nowhere"), "does not exist"),
        (("export", "parquet", "out"), "there is no warehouse here"),
    ],
)
def test_mistakes_are_one_line(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    result = cxr(*arguments, cwd=tmp_path)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert says in result.stderr
    assert list(tmp_path.iterdir()) == []
