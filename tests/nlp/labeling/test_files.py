"""File mode: every row labeled, in order, whatever the text; mistakes give one clear line and no file."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from nlp import engines
from nlp.labeling import files
from nlp.labeling.files import label_file
from nlp.workbench.scheme import load_scheme
from warehouse.config import Settings
from warehouse.errors import ConfigError, SourceError
from warehouse.findings import scheme

SETTINGS = Settings(threads=2)
IDS = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), min_size=1, max_size=20)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=80) | st.sampled_from(
    ["No pneumothorax.", 'A "small"\r\neffusion,\nleft.', "INDICATION: Pneumonia? FINDINGS: Normal heart size.", ""]
)


def write(path: Path, rows: list[list[str]], header: str = "study_id,text") -> Path:
    lines = io.StringIO()
    csv.writer(lines).writerows([header.split(","), *rows])
    path.write_bytes(lines.getvalue().encode())
    return path


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_values_and_layout(tmp_path):
    source = write(tmp_path / "in.csv", [["s2", "Small effusion. No pneumothorax. Possible pneumonia."], ["s1", ""]])
    result = label_file(source, tmp_path / "out.csv", settings=SETTINGS)
    assert result.n_rows == 2
    rows = read(tmp_path / "out.csv")
    assert list(rows[0]) == ["study_id", *scheme("chexpert14")]
    assert [row["study_id"] for row in rows] == ["s2", "s1"]
    named = {name: value for name, value in rows[0].items() if value}
    assert named == {"study_id": "s2", "Pleural Effusion": "1.0", "Pneumothorax": "0.0", "Pneumonia": "-1.0"}
    assert set(rows[1].values()) == {"s1", ""}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]


def test_other_scheme(tmp_path):
    source = write(
        tmp_path / "in.csv", [["a", "Large hiatal hernia. Scarring or atelectasis. Possible mass. No edema."]]
    )
    label_file(source, tmp_path / "out.csv", scheme=load_scheme("chestxray14"), settings=SETTINGS)
    (row,) = read(tmp_path / "out.csv")
    assert list(row) == ["study_id", *scheme("chestxray14")]
    assert {name: row[name] for name in row if row[name]} == {
        "study_id": "a", "Hernia": "1.0", "Atelectasis": "1.0", "Mass": "-1.0", "Edema": "0.0"
    }  # fmt: skip


def test_inline_headings_that_never_count(tmp_path):
    text = "INDICATION: Pneumonia. COMPARISON: Prior effusion. FINDINGS: No pneumothorax. RECOMMENDATION: CT for mass."
    label_file(write(tmp_path / "in.csv", [["a", text]]), tmp_path / "out.csv", settings=SETTINGS)
    (row,) = read(tmp_path / "out.csv")
    counted = {name for name, value in row.items() if value and name not in ("study_id", "No Finding")}
    assert counted == {"Pneumothorax"}


def test_extra_columns_order_and_byte_order_mark(tmp_path):
    path = tmp_path / "in.csv"
    path.write_bytes("\ufefftext,note, study_id\r\nNo edema.,x,7\r\n\r\nshort\r\n".encode())
    label_file(path, tmp_path / "out.csv", settings=SETTINGS)
    assert [(row["study_id"], row["Edema"]) for row in read(tmp_path / "out.csv")] == [("7", "0.0"), ("", "")]


def test_bytes_that_are_not_utf8(tmp_path):
    path = tmp_path / "in.csv"
    path.write_bytes(b"study_id,text\n1,\xff\xfe no pneumothorax\x00 \xe9\n")
    label_file(path, tmp_path / "out.csv", settings=SETTINGS)
    assert read(tmp_path / "out.csv")[0]["Pneumothorax"] == "0.0"


def test_text_of_five_megabytes(tmp_path):
    text = "Stable appearance of the chest. " * 160_000 + "Small effusion."
    label_file(write(tmp_path / "in.csv", [["1", text]]), tmp_path / "out.csv", settings=SETTINGS)
    assert read(tmp_path / "out.csv")[0]["Pleural Effusion"] == "1.0"


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(IDS, TEXTS), max_size=8))
def test_rows_come_back_in_order(tmp_path, rows):
    source = write(tmp_path / "in.csv", [list(row) for row in rows])
    result = label_file(source, tmp_path / "out.csv", settings=SETTINGS)
    assert result.n_rows == len(rows)
    labels = engines.load("cxr").label_texts(text for _, text in rows)
    written = read(tmp_path / "out.csv")
    assert [row["study_id"] for row in written] == [study_id for study_id, _ in rows]
    columns = scheme("chexpert14").items()
    values = [{name: row[name] for name, _ in columns} for row in written]
    number = {1: "1.0", 0: "0.0", -1: "-1.0", None: ""}
    assert values == [{name: number[report.labels.get(finding)] for name, finding in columns} for report in labels]


def test_the_input_and_output_of_the_chexpert_labeler(tmp_path):
    source = tmp_path / "reports.csv"
    source.write_text('"Small effusion,\nno edema."\n\n""\nPossible pneumonia.\n')
    result = label_file(source, tmp_path / "labeled.csv", layout="chexpert", settings=SETTINGS)
    assert (result.n_rows, result.n_empty) == (3, 1)
    rows = read(tmp_path / "labeled.csv")
    assert list(rows[0]) == ["Reports", *scheme("chexpert14")]
    assert [row["Reports"] for row in rows] == ["Small effusion,\nno edema.", "", "Possible pneumonia."]
    assert [row["Pleural Effusion"] for row in rows] == ["1.0", "", ""]
    assert [row["Pneumonia"] for row in rows] == ["", "", "-1.0"]
    assert set(rows[1].values()) == {""}


def test_what_could_not_be_read_is_counted(tmp_path):
    path = tmp_path / "in.csv"
    path.write_bytes(b"id,report\n1,\xff no edema\n2,\n3, \n4,Edema.\n")
    columns = ("id", "report")
    result = label_file(path, tmp_path / "out.csv.gz", columns=columns, settings=SETTINGS)
    assert (result.n_rows, result.n_empty, result.n_undecodable) == (4, 2, 1)
    with gzip.open(tmp_path / "out.csv.gz", "rt", newline="") as file:
        assert [(row["id"], row["Edema"]) for row in csv.DictReader(file)] == [
            ("1", "0.0"), ("2", ""), ("3", ""), ("4", "1.0")
        ]  # fmt: skip


def test_process_pool_gives_the_same_file(tmp_path, monkeypatch):
    source = write(tmp_path / "in.csv", [[str(i), f"{i} small effusions. No edema."] for i in range(500)])
    label_file(source, tmp_path / "alone.csv", settings=SETTINGS)
    monkeypatch.setattr(files, "POOL_FROM_BYTES", 0)
    label_file(source, tmp_path / "pool.csv", settings=SETTINGS)
    assert (tmp_path / "alone.csv").read_bytes() == (tmp_path / "pool.csv").read_bytes()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"study_id,report\n1,secret words\n", "no column 'text'"),
        (b"id,text\n1,secret words\n", "no column 'study_id'"),
        (b"", "no column 'study_id'"),
        (b'study_id,text\n1,"secret words\n2,more\n', "near line 2"),
    ],
)
def test_files_that_cannot_be_labeled(tmp_path, content, message):
    (tmp_path / "in.csv").write_bytes(content)
    (tmp_path / "out.csv").write_text("from before")
    with pytest.raises(SourceError, match=message) as error:
        label_file(tmp_path / "in.csv", tmp_path / "out.csv", settings=SETTINGS)
    assert "secret" not in str(error.value)
    assert (tmp_path / "out.csv").read_text() == "from before"
    assert len(list(tmp_path.iterdir())) == 2


def test_places_that_cannot_be_used(tmp_path):
    source = write(tmp_path / "in.csv", [["1", "Normal."]])
    (empty := tmp_path / "empty").mkdir()
    for paths, message in (
        ((tmp_path / "absent.csv", tmp_path / "out.csv"), "no such file"),
        ((empty, tmp_path / "out.csv"), "no .txt files"),
        ((source, tmp_path / "absent" / "out.csv"), "cannot be written"),
        ((source, tmp_path), "is a folder"),
        ((source, source), "is the input file itself"),
    ):
        with pytest.raises(SourceError, match=message):
            label_file(*paths, settings=SETTINGS)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "in.csv"]
    assert read(source) == [{"study_id": "1", "text": "Normal."}]


def test_unknown_scheme(tmp_path):
    with pytest.raises(ConfigError, match="no label scheme"):
        load_scheme("icd10")
