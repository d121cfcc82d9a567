"""``cxr sql``: formats, and what a query may not do."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.support.console import cxr, one_line


def test_sql_formats(openi: Path) -> None:
    query = "select uid, len(findings) as n from raw.openi_report order by uid limit 2"
    rows = list(csv.DictReader(io.StringIO(cxr("sql", query, "--format", "csv", cwd=openi).stdout)))
    assert [row["uid"] for row in rows] == ["CXR1", "CXR10"]
    found = json.loads(cxr("sql", query, "--format", "json", cwd=openi).stdout)
    assert [row["uid"] for row in found] == ["CXR1", "CXR10"]
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


def test_sql_calls_the_labeler(openi: Path) -> None:
    query = "select cxr_label('No edema.')['edema'] as edema, len(cxr_mentions('No edema.')) as n"
    assert json.loads(cxr("sql", query, "--format", "json", cwd=openi).stdout) == [{"edema": 0, "n": 1}]
    assert "cxr_nothing" in one_line(cxr("sql", "select cxr_nothing('a')", cwd=openi))
