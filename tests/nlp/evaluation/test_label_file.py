"""Label files of any labeler: the layouts in use, and one clear line for what is none."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pyarrow.csv
import pyarrow.parquet
import pytest

from nlp.evaluation.benchmark import compare
from nlp.evaluation.label_file import file_name, read_label_file, read_study_ids
from nlp.evaluation.metrics import NOT_MENTIONED, NOT_SCORED
from tests.support import ROOT
from warehouse.errors import SourceError
from warehouse.findings import scheme

FINDINGS = list(scheme("chexpert14").values())
EDEMA, OPACITY, FRACTURE = (FINDINGS.index(finding) for finding in ("edema", "lung_opacity", "fracture"))
MIMIC = "subject_id,study_id,Edema,Airspace Opacity\n1,502,1.0,\n1,501,-1.0,0.0\n"
SHARED = ROOT / ".." / "shared" / "data"


@pytest.mark.parametrize("name", ["labels.csv", "mimic-cxr-2.0.0-chexpert.csv.gz", "labels.parquet"])
def test_layout_of_mimic(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(MIMIC.encode()))
    else:
        path.with_suffix(".csv").write_text(MIMIC)
        if name.endswith(".parquet"):
            pyarrow.parquet.write_table(pyarrow.csv.read_csv(path.with_suffix(".csv")), path)
    labels = read_label_file(path)
    assert (labels.name, labels.scheme, labels.studies.tolist()) == (file_name(path), "chexpert14", ["501", "502"])
    assert labels.values[:, EDEMA].tolist() == [-1, 1]
    assert labels.values[:, OPACITY].tolist() == [0, NOT_MENTIONED]
    assert (labels.values[:, FRACTURE] == NOT_SCORED).all()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mimic-cxr-2.0.0-chexpert.csv.gz", "chexpert"),
        ("mimic-cxr-2.0.0-negbio.csv.gz", "negbio"),
        ("mimic-cxr-2.1.0-test-set-labeled.csv", "test-set-labeled"),
        ("my.labels.parquet", "my.labels"),
    ],
)
def test_names(name: str, expected: str) -> None:
    assert file_name(Path(name)) == expected


def test_without_ids_the_rows_are_those_of_another_file(tmp_path: Path) -> None:
    (tmp_path / "gold.csv").write_text("uid,Edema\nb,1\na,0\n")
    (tmp_path / "labeled.csv").write_text('Reports,Edema\n"Edema, mild.",1.0\nClear.,\n')
    ids = read_study_ids(tmp_path / "gold.csv")
    labels = read_label_file(tmp_path / "labeled.csv", studies=ids)
    assert (ids, labels.studies.tolist()) == (["b", "a"], ["a", "b"])
    assert labels.values[:, EDEMA].tolist() == [NOT_MENTIONED, 1]
    with pytest.raises(SourceError, match=r"no id column .* --by-row"):
        read_label_file(tmp_path / "labeled.csv")
    with pytest.raises(SourceError, match="2 rows without ids, but the gold has 1"):
        read_label_file(tmp_path / "labeled.csv", studies=ids[:1])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no label column"),
        ("patient,Edema\n1,1\n", "no id column"),
        ("uid,Colour\n1,1\n", "no label column"),
        ("uid,Edema\n1,maybe\n", "column 'Edema'"),
        ("uid,Edema\n1\n", "column 'Edema'"),
        ("uid,Edema\n1,1\n1,0\n", "1 study ids occur more than once"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "labels.csv").write_text(content)
    with pytest.raises(SourceError, match=message):
        read_label_file(tmp_path / "labels.csv")


@pytest.mark.parametrize("name", ["labels.csv", "labels.csv.gz", "labels.parquet"])
def test_damaged_and_missing_files(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match="cannot be read as"):
        read_label_file(tmp_path / name)
    (tmp_path / name).write_bytes(b"\xff\xfe\x00rubbish")
    with pytest.raises(SourceError, match="cannot be read as"):
        read_label_file(tmp_path / name)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data sets are not here")
def test_published_layouts() -> None:
    mesh = read_label_file(SHARED / "openi_mesh14_dev.csv")
    annotated = read_label_file(SHARED / "openi_chexpert14_dev.csv")
    assert (mesh.scheme, len(mesh.studies)) == ("chestxray14", 3080)
    assert (annotated.scheme, len(annotated.studies)) == ("chexpert14", 240)
    assert np.any(annotated.values == NOT_SCORED)
    assert compare(annotated, annotated).measures[-1].f1.value == 1.0
