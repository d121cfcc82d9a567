"""The command line, run as a user runs it: a process of its own, its screen and its exit code."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.image_networks import add_network, draw

COMMANDS = [
    [], ["demo"], ["run"], ["sources"], ["synthesize"], ["load"], ["section"], ["label"], ["explain"], ["export"],
    ["export", "sectioned"], ["export", "parquet"], ["export", "training-set"],
    ["dicom"], ["dicom", "to-jpg"], ["dicom", "check"],
    ["train"], ["train", "reports"], ["train", "images"], ["score"], ["score", "reports"], ["score", "images"],
    ["attribute"], ["attribute", "images"], ["attribute", "reports"], ["evaluate"], ["models"], ["models", "list"],
    ["models", "import"], ["models", "quantize"], ["study"], ["study", "text-baseline"], ["study", "resolution"],
    ["study", "image-baseline"], ["build"], ["check"], ["benchmark"], ["status"], ["sql"],
]  # fmt: skip


def cxr(*arguments: object, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CXR_")}
    command = [sys.executable, "-m", "app.cli", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=environment, input=stdin, capture_output=True, text=True, check=False)


def one_line(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 1, result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    return result.stderr


@pytest.fixture(scope="module")
def openi(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("openi")
    loaded = cxr("load", "openi", "--json", cwd=folder)
    assert loaded.returncode == 0, loaded.stderr
    assert json.loads(loaded.stdout)["rows"]["raw.openi_report"] == 3955
    return folder


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help(command: list[str], tmp_path: Path) -> None:
    result = cxr(*command, "--help", cwd=tmp_path)
    assert result.returncode == 0
    assert "Usage" in result.stdout


def test_sources_name_licence_and_citation(tmp_path: Path) -> None:
    described = json.loads(cxr("sources", "--json", cwd=tmp_path).stdout)
    assert {"openi", "chexpert", "padchest", "mimic-cxr", "mimic-cxr-jpg"} <= {source["name"] for source in described}
    assert all(source["licence"] and source["citation"] and source["get"] for source in described)


def test_sql_formats(openi: Path) -> None:
    query = "select uid, len(findings) as n from raw.openi_report order by uid limit 2"
    rows = list(csv.DictReader(io.StringIO(cxr("sql", query, "--format", "csv", cwd=openi).stdout)))
    assert [row["uid"] for row in rows] == ["CXR1", "CXR10"]
    assert [row["uid"] for row in json.loads(cxr("sql", query, "-f", "json", cwd=openi).stdout)] == ["CXR1", "CXR10"]
    assert "CXR10" in cxr("sql", query, cwd=openi).stdout


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("select nothing", "nothing"),
        ("delete from raw.openi_report", "read-only"),
        ("select * from read_text('/etc/passwd')", "disabled"),
    ],
)
def test_sql_refuses(openi: Path, query: str, word: str) -> None:
    assert word in one_line(cxr("sql", query, cwd=openi))


def test_status_counts_tables(openi: Path) -> None:
    assert json.loads(cxr("status", "--json", cwd=openi).stdout)["tables"]["raw.openi_report"] == 3955


def test_loading_again_changes_nothing(openi: Path) -> None:
    assert json.loads(cxr("load", "openi", "--json", cwd=openi).stdout)["status"] == "unchanged"


def test_label_file(tmp_path: Path) -> None:
    (tmp_path / "reports.csv").write_text(
        'study_id,text\n7,"No effusion. Small left\npneumothorax."\n8,\n', encoding="utf-8"
    )
    result = cxr("label", "--input", "reports.csv", "--output", "labels.csv", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    with (tmp_path / "labels.csv").open(newline="", encoding="utf-8") as file:
        first, second = csv.DictReader(file)
    assert (first["study_id"], first["Pneumothorax"], first["Pleural Effusion"]) == ("7", "1.0", "0.0")
    assert set(second.values()) == {"8", ""}


def test_score_file(tmp_path: Path) -> None:
    reports = "study_id,text\n1,FINDINGS: Left pleural effusion.\n2,INDICATION: Pleural effusion. FINDINGS: Clear.\n"
    (tmp_path / "reports.csv").write_text(reports)
    result = cxr("score", "reports", "--input", "reports.csv", "--output", "scores.csv", "--json", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    with (tmp_path / "scores.csv").open(newline="") as file:
        effused, clear = csv.DictReader(file)
    assert (effused["study_id"], clear["study_id"]) == ("1", "2")
    assert float(effused["Pleural Effusion"]) > 0.5 > float(clear["Pleural Effusion"])
    assert not (tmp_path / "warehouse.duckdb").exists()


def test_explain_shows_the_deciding_cue(tmp_path: Path) -> None:
    explained = json.loads(cxr("explain", "-", "--json", cwd=tmp_path, stdin="No pneumonia, possible edema.").stdout)
    assert {mention["finding"]: mention["assertion"] for mention in explained["mentions"]} == {
        "pneumonia": "absent",
        "edema": "uncertain",
    }
    assert "uncertain" in cxr("explain", "Possible edema.", cwd=tmp_path).stdout


def test_wrong_path_leaves_no_warehouse(tmp_path: Path) -> None:
    assert "nowhere" in one_line(cxr("load", "openi", "nowhere", cwd=tmp_path))
    assert not (tmp_path / "warehouse.duckdb").exists()


@pytest.mark.parametrize(
    "command",
    [
        ["section"],
        ["label"],
        ["export", "brat", "out"],
        ["export", "sectioned", "out"],
        ["score", "reports"],
        ["build"],
        ["check"],
        ["benchmark"],
        ["status"],
    ],
)
def test_stages_need_a_warehouse(command: list[str], tmp_path: Path) -> None:
    assert "there is no warehouse here" in one_line(cxr(*command, cwd=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_missing_column_is_named(tmp_path: Path) -> None:
    (tmp_path / "reports.csv").write_text("id,text\n1,clear\n", encoding="utf-8")
    assert "study_id" in one_line(cxr("label", "--input", "reports.csv", "--output", "labels.csv", cwd=tmp_path))
    assert not (tmp_path / "labels.csv").exists()


def test_unknown_names_list_the_known(tmp_path: Path) -> None:
    assert "openi" in one_line(cxr("load", "open-i", cwd=tmp_path))
    assert "demo" in one_line(cxr("status", cwd=tmp_path))


def test_a_locked_warehouse_is_one_line(openi: Path) -> None:
    hold = "import sys, duckdb; c = duckdb.connect('warehouse.duckdb'); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", hold], cwd=openi, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert "in use" in one_line(cxr("label", cwd=openi))
        holder.communicate("")


def test_wrong_calls_exit_with_2(tmp_path: Path) -> None:
    assert cxr("label", "--input", "reports.csv", cwd=tmp_path).returncode == 2
    assert cxr("nonsense", cwd=tmp_path).returncode == 2


def test_score_a_folder_of_images(tmp_path: Path) -> None:
    add_network(tmp_path / "cxr-zoo")
    draw(tmp_path / "images" / "a.png", 1)
    (tmp_path / "images" / "b.png").write_bytes(b"")
    command = ["score", "images", "--model", "tiny", "--input", "images", "--output", "scores.csv"]
    result = cxr(*command, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "warning: 1 could not be scored; b.png: the file is empty" in result.stderr
    with (tmp_path / "scores.csv").open(newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["image"], second["image"], second["Pneumonia"]) == ("a.png", "b.png", "")
    assert 0 <= float(first["Pneumonia"]) <= 1
    (tmp_path / "images" / "a.png").write_bytes(b"")
    assert cxr(*command, "--json", cwd=tmp_path).returncode == 1
    assert "there is no warehouse" in one_line(cxr("score", "images", "--model", "tiny", cwd=tmp_path))
