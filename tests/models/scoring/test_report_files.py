"""File mode: a row of probabilities for every report, in order; mistakes give one clear line and no file."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from models.network.registry import load
from models.scoring import Options, score_report_file
from warehouse.config import Settings
from warehouse.errors import ConfigError, SourceError
from warehouse.findings import findings

SETTINGS = Settings(threads=1)


def write(path: Path, rows: list[list[str]]) -> Path:
    lines = io.StringIO()
    csv.writer(lines).writerows([["study_id", "text"], *rows])
    path.write_text(lines.getvalue(), encoding="utf-8")
    return path


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_columns_order_and_empty_texts(tmp_path):
    source = write(tmp_path / "in.csv", [["s2", "Large pneumothorax."], ["s3", " \n"], ["s1", "No pneumothorax."]])
    result = score_report_file(source, tmp_path / "out.csv", settings=SETTINGS)
    assert (result.model, result.n_rows, result.n_failures) == ("report_findings", 3, 1)
    rows = read(tmp_path / "out.csv")
    names = [findings()[finding].name for finding in load("report_findings")[0].findings]
    assert list(rows[0]) == ["study_id", *names]
    assert [row["study_id"] for row in rows] == ["s2", "s3", "s1"]
    assert set(rows[1].values()) == {"s3", ""}
    assert float(rows[0]["Pneumothorax"]) > float(rows[2]["Pneumothorax"])
    assert all(0 <= float(row[name]) <= 1 for row in (rows[0], rows[2]) for name in names)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]


def test_shards_do_not_change_scores(tmp_path):
    source = write(tmp_path / "in.csv", [[str(i), "Small effusion. " * (i % 30)] for i in range(100)])
    score_report_file(source, tmp_path / "one.csv", settings=SETTINGS)
    seen = []
    score_report_file(
        source, tmp_path / "many.csv", settings=SETTINGS, shard_size=7, progress=lambda *step: seen.append(step[1:])
    )
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "many.csv").read_bytes()
    assert seen == [(done, 100) for done in [*range(7, 100, 7), 100]]


def test_part_of_the_text_can_be_chosen(tmp_path):
    source = write(tmp_path / "in.csv", [["1", "Large pneumothorax."]])
    result = score_report_file(source, tmp_path / "out.csv", settings=SETTINGS, read_text=lambda text: "")
    assert result.n_failures == 1


def test_a_file_of_no_reports(tmp_path):
    assert score_report_file(write(tmp_path / "in.csv", []), tmp_path / "out.csv", settings=SETTINGS).n_rows == 0
    assert read(tmp_path / "out.csv") == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"study_id,report\n1,secret words\n", "no column 'text'"),
        (b"", "no column 'study_id'"),
        (b'study_id,text\n1,secret words\n2,"secret\n', "does not end properly"),
    ],
)
def test_files_that_cannot_be_scored(tmp_path, content, message):
    (tmp_path / "in.csv").write_bytes(content)
    (tmp_path / "out.csv").write_text("from before")
    with pytest.raises(SourceError, match=message) as error:
        score_report_file(tmp_path / "in.csv", tmp_path / "out.csv", settings=SETTINGS)
    assert "secret" not in str(error.value)
    assert "\n" not in str(error.value)
    assert (tmp_path / "out.csv").read_text() == "from before"
    assert len(list(tmp_path.iterdir())) == 2


def test_places_and_networks_that_do_not_exist(tmp_path):
    source = write(tmp_path / "in.csv", [["1", "Clear."]])
    with pytest.raises(SourceError, match="no such file"):
        score_report_file(tmp_path / "absent.csv", tmp_path / "out.csv", settings=SETTINGS)
    with pytest.raises(SourceError, match="cannot be written"):
        score_report_file(source, tmp_path / "absent" / "out.csv", settings=SETTINGS)
    with pytest.raises(ConfigError, match="no network 'other'"):
        score_report_file(source, tmp_path / "out.csv", Options("other"), settings=SETTINGS)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_other_parts_are_not_taken_up(tmp_path):
    """Parts of a killed call for another text are dropped, however alike the files look."""
    first, second = (write(tmp_path / name, [["1", text]]) for name, text in (("a.csv", "Clear."), ("b.csv", "Edema.")))
    with pytest.raises(KeyboardInterrupt):
        score_report_file(first, tmp_path / "out.csv", settings=SETTINGS, progress=interrupt)
    assert (tmp_path / "out.csv.parts").exists()
    score_report_file(second, tmp_path / "out.csv", settings=SETTINGS)
    score_report_file(second, tmp_path / "expected.csv", settings=SETTINGS)
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "expected.csv").read_bytes()
    assert not (tmp_path / "out.csv.parts").exists()


def test_an_interrupted_call_is_taken_up(tmp_path):
    source = write(tmp_path / "in.csv", [[str(i), "Small effusion. " * (i % 30)] for i in range(50)])
    with pytest.raises(KeyboardInterrupt):
        score_report_file(source, tmp_path / "out.csv", settings=SETTINGS, shard_size=20, progress=interrupt)
    assert not (tmp_path / "out.csv").exists()
    seen = []
    score_report_file(
        source, tmp_path / "out.csv", settings=SETTINGS, shard_size=20, progress=lambda *step: seen.append(step[1:])
    )
    assert seen == [(40, 50), (50, 50)]
    score_report_file(source, tmp_path / "expected.csv", settings=SETTINGS)
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "expected.csv").read_bytes()


def interrupt(step: str, done: int, total: int) -> None:
    raise KeyboardInterrupt
