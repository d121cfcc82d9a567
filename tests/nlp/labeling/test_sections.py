"""Sectioning a warehouse: complete, resumable, idempotent, two sets of rules side by side; the files made of it."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from nlp import engines
from nlp.exchange.sectioned_files import export_sectioned
from nlp.labeling.sections import section_warehouse
from nlp.labeling.warehouse import label_warehouse
from nlp.rules.compile import default_lexicon, load_lexicon
from tests.support import ROOT
from warehouse.config import Settings
from warehouse.connection import writing
from warehouse.errors import ConfigError, WarehouseError

TABLES = ("nlp.section_run", "nlp.sectioned_report", "nlp.section")
N_REPORTS = 60

KILL_AFTER = """
import os, signal, sys
from pathlib import Path
from nlp.labeling.sections import section_warehouse
from warehouse.config import Settings
from warehouse.connection import writing

def progress(step, done, total):
    if done >= 20:
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    settings = Settings(warehouse=Path(sys.argv[1]), threads=2)
    with writing(settings.warehouse, settings) as con:
        con.execute("create or replace view raw.report as select * from main.report")
        section_warehouse(con, sys.argv[2], batch_size=10, progress=progress)
"""

# What each report of the data set holds, by its number; the rest are like the first.
TEXTS = {
    0: "\n INDICATION: Cough.\n\n FINDINGS: Clear.\n\n IMPRESSION: Normal.\n",
    1: "\n NDICATION: Pneumonia?\n FINDINGS: Clear.\n",
    2: "Clear lungs.",
    3: "",
    4: '\n COMPARISON: None.\n \n Line one.\r\n Line two, with "quotes".\n',
    5: "\n IMPRESSION: First.\n IMPRESSION: Second.\n",
}
SLICED = "x" * 201 + " Clear. " + "y" * 200


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(warehouse=tmp_path / "warehouse.duckdb", threads=2)


@pytest.fixture
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with writing(settings.warehouse, settings) as con:
        fill(con)
        yield con


def fill(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("create table main.report (dataset text, patient_id text, study_id text, text text, language text)")
    rows = [("mimic_cxr", "1", str(60000000 + i), TEXTS.get(i, TEXTS[0]), "en") for i in range(N_REPORTS)]
    rows += [("mimic_cxr", "2", "50913680", "\n RECOMMENDATIONS: Clear.\n IMPRESSION: None.", "en")]
    rows += [("mimic_cxr", "3", "50525523", SLICED, "en")]
    rows += [("mimic_cxr", "4", "50798377", "\n IMPRESSION: Wrong study.", "en")]
    rows += [("openi", "5", "CXR1", "FINDINGS: Clear.", "en"), ("padchest", "6", "s", "sin derrame", "es")]
    con.executemany("insert into main.report values (?, ?, ?, ?, ?)", rows)
    con.execute("create or replace view raw.report as select * from main.report")


def contents(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple]]:
    """Return every table of the stage; of the run record, what does not depend on the clock."""
    columns = {"nlp.section_run": "* exclude (started_at, finished_at, seconds)"}
    return {name: con.sql(f"select {columns.get(name, '*')} from {name} order by all").fetchall() for name in TABLES}


def label_texts(con: duckdb.DuckDBPyConnection, rules: str) -> dict[str, str]:
    query = "select study_id, text from nlp.section where rules = ? and is_label_text"
    return dict(con.execute(query, [rules]).fetchall())


def test_both_rules_side_by_side(con):
    seen = []
    corrected = section_warehouse(con, batch_size=40, progress=lambda *step: seen.append(step))
    alone = contents(con)
    official = section_warehouse(con, "official")
    assert seen == [("section, corrected rules", 40, 64), ("section, corrected rules", 64, 64)]
    assert (corrected.n_sectioned, corrected.n_reports, official.n_reports) == (64, 64, 64)
    both = contents(con)
    assert alone["nlp.section"] == [row for row in both["nlp.section"] if row[1] == "corrected"]
    rules = con.sql("select rules, status, n_reports, n_sections from nlp.section_run order by rules").fetchall()
    counts = dict(con.sql("select rules, count(*) from nlp.section group by all").fetchall())
    assert rules == [(name, "complete", 64, counts[name]) for name in ("corrected", "official")]
    as_labeled, as_published = label_texts(con, "corrected"), label_texts(con, "official")
    assert (as_labeled["60000001"], as_published["60000001"]) == ("Clear.", "Pneumonia?")
    assert as_labeled["60000002"] == "Clear lungs."
    assert "60000002" not in as_published
    assert (as_labeled["50913680"], as_published["50913680"]) == ("None.", "Clear.")
    assert as_published["50525523"] == SLICED[201:349]
    assert "50798377" not in as_published
    assert official.label_texts[""] == 4
    assert sum(official.label_texts.values()) == sum(corrected.label_texts.values()) == 64
    cut = 'text = substr((select r.text from raw.report as r where r.study_id = s.study_id), start + 1, "end" - start)'
    assert con.sql(f"select bool_and({cut}) from nlp.section as s").fetchone() == (True,)
    headings = "select heading from nlp.section where study_id = '60000001' and section = 'indication'"
    assert con.sql(headings).fetchall() == [("NDICATION",)]


def test_second_run_changes_nothing(con):
    first = section_warehouse(con, "official")
    before, record = contents(con), con.sql("from nlp.section_run").fetchall()
    again = section_warehouse(con, "official")
    assert (again.n_sectioned, again.run_id, again.label_texts) == (0, first.run_id, first.label_texts)
    assert contents(con) == before
    assert con.sql("from nlp.section_run").fetchall() == record


def test_changed_new_and_vanished_reports(con):
    for rules in ("corrected", "official"):
        section_warehouse(con, rules)
    con.execute("update main.report set text = '\n FINDINGS: Hernia.' where study_id = '60000010'")
    con.execute("delete from main.report where study_id = '60000011'")
    con.execute("insert into main.report values ('openi', '7', 'CXR2', 'IMPRESSION: Clear.', 'en')")
    results = [section_warehouse(con, rules) for rules in ("corrected", "official")]
    assert [(result.n_sectioned, result.n_reports) for result in results] == [(2, 64), (2, 64)]
    incremental = contents(con)
    for name in TABLES:
        con.execute(f"delete from {name}")
    for rules in ("corrected", "official"):
        section_warehouse(con, rules)
    assert contents(con) == incremental


def test_killed_and_rerun_equals_undisturbed(tmp_path):
    (tmp_path / "kill.py").write_text(KILL_AFTER)
    tables = []
    for name, is_killed in (("undisturbed", False), ("killed", True)):
        settings = Settings(warehouse=tmp_path / f"{name}.duckdb", threads=2)
        with writing(settings.warehouse, settings) as con:
            fill(con)
        if is_killed:
            command = [sys.executable, str(tmp_path / "kill.py"), str(settings.warehouse), "official"]
            environment = os.environ | {"PYTHONPATH": str(ROOT)}
            assert subprocess.run(command, env=environment, check=False).returncode == -signal.SIGKILL
        with writing(settings.warehouse, settings) as con:
            con.execute("create or replace view raw.report as select * from main.report")
            if is_killed:
                assert con.sql("select status from nlp.section_run").fetchall() == [("running",)]
                assert 0 < con.sql("select count(*) from nlp.sectioned_report").fetchone()[0] < 64
            section_warehouse(con, "official")
            tables.append(contents(con))
    assert tables[0] == tables[1]


def test_rows_of_other_headings_are_replaced(con, tmp_path):
    official = section_warehouse(con, "official")
    first = section_warehouse(con)
    folder = tmp_path / "lexicon"
    folder.mkdir()
    for path in (ROOT / "nlp" / "lexicon").glob("*.yml"):
        content = path.read_text(encoding="utf-8").replace(
            "(indication|indications|idication|", "(indication|idication|"
        )
        (folder / path.name).write_text(content.replace("|ndication|", "|"), encoding="utf-8")
    others = load_lexicon(folder)
    assert others.headings.keys() < default_lexicon().headings.keys()
    second = section_warehouse(con, lexicon=others)
    assert (second.n_sectioned, second.n_reports) == (64, 64)
    assert second.run_id != first.run_id
    assert con.sql("select distinct run_id from nlp.section where rules = 'corrected'").fetchall() == [(second.run_id,)]
    assert section_warehouse(con, "official").n_sections == official.n_sections


def test_labeling_makes_the_corrected_sections_once(con, settings):
    label_warehouse(con, engines.load("cxr"), settings=settings)
    before = contents(con)
    assert section_warehouse(con).n_sectioned == 0
    section_warehouse(con, "official")
    labels = con.sql("from nlp.label order by all").fetchall()
    assert label_warehouse(con, engines.load("cxr"), settings=settings).n_labeled == 0
    assert con.sql("from nlp.label order by all").fetchall() == labels
    assert [row for row in contents(con)["nlp.section"] if row[1] == "corrected"] == before["nlp.section"]


def test_no_reports_and_no_such_rules(con):
    with pytest.raises(ConfigError, match="Known: corrected, official"):
        section_warehouse(con, "mine")
    con.execute("delete from main.report")
    with pytest.raises(WarehouseError, match="no English reports to section"):
        section_warehouse(con)


def read(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_files_in_the_official_layout(con, tmp_path):
    section_warehouse(con, "official")
    result = export_sectioned(con, tmp_path / "out")
    header, *rows = read(tmp_path / "out" / "mimic_cxr_sectioned.csv")
    texts = read(tmp_path / "out" / "mimic_cxr_sections.csv")
    assert header == ["study", "impression", "findings", "last_paragraph", "comparison"]
    assert (result.n_sectioned, result.n_label_texts) == (len(rows), len(texts)) == (60, 63)
    assert [row[0] for row in rows] == [f"s{60000000 + i}" for i in range(60)]
    by_study = {row[0]: row[1:] for row in rows}
    assert by_study["s60000000"] == ["Normal.", "Clear.", "", ""]
    assert by_study["s60000002"] == by_study["s60000003"] == [""] * 4
    assert by_study["s60000004"] == ["", "", 'Line one.\n Line two, with "quotes".', "None."]
    assert by_study["s60000005"] == ["Second.", "", "", ""]
    assert texts[:3] == [
        ["s50525523", SLICED[201:349]], ["s50798377", ""], ["s50913680", "Clear."],
    ]  # fmt: skip
    assert texts[5] == ["s60000002", ""]
    assert (tmp_path / "out" / "mimic_cxr_sections.csv").read_bytes().startswith(b"s50525523, Clear. yy")


def test_files_by_the_corrected_rules_leave_nothing_out(con, tmp_path):
    section_warehouse(con)
    result = export_sectioned(con, tmp_path / "out", rules="corrected")
    assert (result.n_sectioned, result.n_label_texts) == (63, 63)
    export_sectioned(con, tmp_path / "openi", rules="corrected", dataset="openi")
    assert read(tmp_path / "openi" / "mimic_cxr_sections.csv") == [["CXR1", "Clear."]]


def test_no_files_without_sections(con, tmp_path):
    section_warehouse(con)
    with pytest.raises(WarehouseError, match="63 of 63 reports of 'mimic_cxr' have no sections by the official rules"):
        export_sectioned(con, tmp_path / "out")
    section_warehouse(con, "official")
    con.execute("update main.report set text = 'FINDINGS: Hernia.' where study_id = '60000010'")
    with pytest.raises(WarehouseError, match="1 of 63 reports"):
        export_sectioned(con, tmp_path / "out")
    with pytest.raises(WarehouseError, match="no English reports of 'nowhere'"):
        export_sectioned(con, tmp_path / "out", dataset="nowhere")
    assert not (tmp_path / "out").exists()


def test_nothing_stays_of_an_interrupted_export(con, tmp_path):
    section_warehouse(con, "official")

    def interrupt(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_sectioned(con, tmp_path / "out", progress=interrupt)
    assert not list(tmp_path.glob("out*"))
