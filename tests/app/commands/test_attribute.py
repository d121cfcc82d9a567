"""``cxr attribute``, run as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.support.console import cxr, one_line

REPORT = "INDICATION: Edema. FINDINGS: There is a small left pleural effusion. Heart size is normal."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "reports.csv").write_text(f"study_id,text\n7,{REPORT}\n8,\n")
    return tmp_path


def test_a_file_of_reports(folder: Path) -> None:
    result = cxr("attribute", "reports", "--input", "reports.csv", "--output", "why", "--json", cwd=folder)
    assert result.returncode == 0, result.stderr
    counts = json.loads(result.stdout)
    assert (counts["n_items"], counts["codes"]) == (2, {"empty_text": 1})
    rows = pq.read_table(folder / "why" / "attribution.parquet").to_pylist()
    effusion = [row for row in rows if row["finding"] == "pleural_effusion"]
    best = max(effusion, key=lambda row: row["weight"])
    assert (best["study_id"], REPORT[best["start"] : best["end"]]) == ("7", "effusion")
    assert min(row["start"] for row in rows) == REPORT.index("There")
    assert [path.name for path in (folder / "why").iterdir()] == ["attribution.parquet"]
    assert not (folder / "warehouse.duckdb").exists()


def test_a_page_on_request(folder: Path) -> None:
    result = cxr(
        "attribute", "reports", "-i", "reports.csv", "-o", "why", "-f", "edema", "--html", cwd=folder
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "empty_text" in result.stdout
    page = (folder / "why" / "7.html").read_text()
    assert "contains the text of a report" in page
    assert "Edema <small>probability" in page
    assert not (folder / "why" / "8.html").exists()


def test_nothing_to_attribute_is_exit_code_1(folder: Path) -> None:
    (folder / "blank.csv").write_text("study_id,text\n7,\n8,\n")
    for form in ((), ("--json",)):
        assert cxr("attribute", "reports", "-i", "blank.csv", "-o", "why", *form, cwd=folder).returncode == 1


def test_mistakes_are_one_line(folder: Path) -> None:
    named = ("attribute", "reports", "-i", "reports.csv", "-o", "why")
    assert "no finding 'scoliosis'" in one_line(cxr(*named, "-f", "scoliosis", cwd=folder))
    assert "no warehouse here" in one_line(cxr("attribute", "reports", "-o", "why", cwd=folder))
    assert "reads reports, not images" in one_line(
        cxr("attribute", "images", "-m", "report_findings", "-i", "reports.csv", "-o", "why", cwd=folder)
    )
    assert cxr(*named, "--top", "3", cwd=folder).returncode == 2
    assert not (folder / "why").exists()
