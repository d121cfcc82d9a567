"""The report page and its JSON twin."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import pytest

from quality.page import write_report
from quality.page_queries import SECTIONS
from quality.run import CheckReport, run_checks
from warehouse.config import Settings
from warehouse.connection import read_only, writing

VOID = {"meta", "link", "br", "line", "rect", "circle", "path"}


class Page(HTMLParser):
    """Collects what a test asks about: tags with their attributes, text, tags left open."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text.append(data.strip())


@pytest.fixture(scope="session")
def written(checked: tuple[Settings, CheckReport]) -> tuple[Settings, str, dict[str, Any]]:
    settings, _ = checked
    with writing(settings.warehouse) as con:
        path = write_report(con, settings)
    return settings, path.read_text(), json.loads(path.with_suffix(".json").read_text())


def test_the_verdict_comes_first(written: tuple[Settings, str, dict[str, Any]]) -> None:
    page = Page(written[1])
    classes = [attrs.get("class") for tag, attrs in page.tags if tag in {"div", "section", "table"}]
    assert classes[0] == "verdict passed"
    words = [text for text in page.text if text]
    assert words.index("Passed: every check holds") < words.index("Checks")


def test_the_page_is_whole_and_accessible(written: tuple[Settings, str, dict[str, Any]]) -> None:
    page = Page(written[1])
    assert page.open == []
    assert all(attrs.get("scope") in {"col", "row"} for tag, attrs in page.tags if tag == "th")
    plots = [attrs for tag, attrs in page.tags if tag == "svg"]
    assert plots
    assert all(attrs.get("role") == "img" and attrs.get("aria-label") for attrs in plots)
    links = {str(attrs["href"]) for tag, attrs in page.tags if tag == "a"}
    ids = {attrs.get("id") for _, attrs in page.tags}
    assert {link for link in links if not link.startswith("#")} == {"networks.html"}  # `cxr evaluate` writes it
    assert {link.removeprefix("#") for link in links if link.startswith("#")} <= ids
    assert "not built yet" not in written[1].lower()


def test_the_page_asks_nobody(written: tuple[Settings, str, dict[str, Any]]) -> None:
    assert not re.search(r"https?:|url\(|@import|<script|<iframe|<img", written[1])


def test_no_report_text(written: tuple[Settings, str, dict[str, Any]]) -> None:
    assert "periwinkle" not in written[1]
    assert "periwinkle" not in json.dumps(written[2])


def test_the_twin_has_the_numbers_of_the_tables(written: tuple[Settings, str, dict[str, Any]]) -> None:
    settings, _, numbers = written
    with read_only(settings.warehouse) as con:
        for name, section in SECTIONS.items():
            rows = con.sql(section.sql)
            expected = [dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall()]
            assert numbers[name] == json.loads(json.dumps(expected, default=str)), name
        counts = con.sql("select count(*), count(*) filter (where not is_success) from quality.check_result").fetchone()
    verdict = numbers["verdict"]
    assert counts == (verdict["n_checks"], verdict["n_failed_blocking"] + verdict["n_failed_warning"])


def test_published_figures_stand_beside_ours(written: tuple[Settings, str, dict[str, Any]]) -> None:
    page = Page(written[1])
    assert "negbio (published)" in page.text
    assert "A paper, Table 1" in page.text


def test_a_failure_says_what_and_where(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    con.execute("update raw.chestxray14_box set w = 2000 where source_row <= 2")
    con.execute("update nlp.label_run set status = 'running'")
    run_checks(con, settings, suites=["raw.chestxray14_box", "nlp.label_run"])
    page = Page(write_report(con, settings).read_text())
    text = " ".join(page.text)
    assert ("div", {"class": "verdict failed", "role": "status"}) in page.tags
    assert "Failed: 1 blocking check does not hold" in text
    assert "raw.chestxray14_box · box_inside_image" in text
    assert "2 of 984" in text
    assert text.index("✗ blocking") < text.index("! warning")


def test_an_empty_warehouse_says_what_to_run(tmp_path: Path) -> None:
    settings = Settings(warehouse=tmp_path / "warehouse.duckdb", pages=tmp_path / "pages")
    with writing(settings.warehouse) as con:
        path = write_report(con, settings)
    page = Page(path.read_text())
    text = " ".join(page.text)
    assert "Not checked yet" in text
    for command in ("cxr check", "cxr build", "cxr benchmark", "cxr load"):
        assert command in page.text
    assert json.loads(path.with_suffix(".json").read_text())["prevalence"] is None
