"""Labeling a warehouse: complete, resumable, idempotent, in one process or several."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from nlp import engines
from nlp.engines.semantics import Semantics
from nlp.labeling.warehouse import label_warehouse
from nlp.report import LabeledReport, Mention, Section
from nlp.rules.compile import default_lexicon
from nlp.workbench.scheme import load_scheme
from tests.support import ROOT
from warehouse.config import Settings
from warehouse.connection import writing
from warehouse.errors import ConfigError, WarehouseError

TABLES = (
    "nlp.section_run", "nlp.sectioned_report", "nlp.section", "nlp.label_run", "nlp.labeled_report", "nlp.mention",
    "nlp.label",
)  # fmt: skip
SENTENCES = (
    "No pneumothorax.",
    "Small left pleural effusion.",
    "Possible pneumonia.",
    "The heart is enlarged.",
    "Lungs are clear.",
)

KILL_AFTER = """
import os, signal, sys
from pathlib import Path
from nlp import engines
from nlp.labeling.warehouse import label_warehouse
from warehouse.config import Settings
from warehouse.connection import writing

def progress(step, done, total):
    if step.startswith("label") and done >= int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    settings = Settings(warehouse=Path(sys.argv[1]), threads=2)
    with writing(settings.warehouse, settings) as con:
        con.execute("create or replace view raw.report as select * from main.report")
        label_warehouse(
            con, engines.load("cxr"), settings=settings, batch_size=10, pool_from=int(sys.argv[3]), progress=progress
        )
"""


def report(i: int) -> str:
    return f"FINDINGS: {SENTENCES[i % 5]} {SENTENCES[i % 3]}\n\nIMPRESSION: {SENTENCES[i % 4]}"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(warehouse=tmp_path / "warehouse.duckdb", threads=2)


@pytest.fixture
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with writing(settings.warehouse, settings) as con:
        fill(con, 60)
        yield con


def fill(con: duckdb.DuckDBPyConnection, n_reports: int) -> None:
    con.execute("create table main.report (dataset text, patient_id text, study_id text, text text, language text)")
    rows = [("openi", f"p{i}", f"CXR{i}", report(i), "en") for i in range(n_reports)]
    con.executemany("insert into main.report values (?, ?, ?, ?, ?)", rows)
    con.execute("insert into main.report values ('padchest', 'p', 's', 'sin derrame', 'es')")
    con.execute("create or replace view raw.report as select * from main.report")


def contents(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple]]:
    """Return every table of a run; of the run record, what does not depend on the clock."""
    columns = dict.fromkeys(("nlp.section_run", "nlp.label_run"), "* exclude (started_at, finished_at, seconds)")
    return {
        name: sorted(con.sql(f"select {columns.get(name, '*')} from {name}").fetchall(), key=repr) for name in TABLES
    }


def test_labels_every_english_report(con, settings):
    seen = []
    result = label_warehouse(
        con, engines.load("cxr"), settings=settings, batch_size=25, progress=lambda *step: seen.append(step)
    )
    assert (result.n_labeled, result.n_reports) == (60, 60)
    steps = [("section, corrected rules", 60, 60), *(("label with cxr", n, 60) for n in (25, 50, 60))]
    assert seen == steps
    assert con.sql("select count(*) from nlp.labeled_report").fetchone() == (60,)
    assert con.sql("select count(*), count(distinct study_id) from nlp.section").fetchone() == (120, 60)
    assert con.sql("select count(*) from nlp.mention").fetchone() == (result.n_mentions,)
    assert con.sql("select distinct text_policy, status, n_reports from nlp.label_run").fetchall() == [
        ("findings+impression", "complete", 60)
    ]
    spans = 'text = substr((select text from raw.report as r where r.study_id = m.study_id), start + 1, "end" - start)'
    assert con.sql(f"select bool_and({spans}) from nlp.mention as m").fetchone() == (True,)
    assert con.sql(
        "select value from nlp.label where study_id = 'CXR1' and finding = 'pleural_effusion'"
    ).fetchone() == (1,)


def test_second_run_changes_nothing(con, settings):
    first = label_warehouse(con, engines.load("cxr"), settings=settings)
    before, record = contents(con), con.sql("from nlp.label_run").fetchall()
    again = label_warehouse(con, engines.load("cxr"), settings=settings)
    assert (again.n_labeled, again.n_reports, again.run_id) == (0, 60, first.run_id)
    assert contents(con) == before
    assert con.sql("from nlp.label_run").fetchall() == record


def test_changed_new_and_vanished_reports(con, settings):
    label_warehouse(con, engines.load("cxr"), settings=settings)
    con.execute("update main.report set text = 'IMPRESSION: Rib fracture.' where study_id = 'CXR1'")
    con.execute("delete from main.report where study_id = 'CXR2'")
    con.execute("insert into main.report values ('openi', 'p', 'CXR900', 'FINDINGS: Hiatal hernia.', 'en')")
    result = label_warehouse(con, engines.load("cxr"), settings=settings)
    assert (result.n_labeled, result.n_reports) == (2, 60)
    incremental = contents(con)
    for name in TABLES:
        con.execute(f"delete from {name}")
    label_warehouse(con, engines.load("cxr"), settings=settings)
    assert contents(con) == incremental


def test_process_pool_gives_the_same_tables(con, settings):
    label_warehouse(con, engines.load("cxr"), settings=settings)
    alone = contents(con)
    for name in TABLES:
        con.execute(f"delete from {name}")
    label_warehouse(con, engines.load("cxr"), settings=settings, batch_size=7, pool_from=1)
    assert contents(con) == alone


@pytest.mark.parametrize("pool_from", [1_000_000, 1])
def test_killed_and_rerun_equals_undisturbed(tmp_path, pool_from):
    (tmp_path / "kill.py").write_text(KILL_AFTER)
    tables = []
    for name, kills in (("undisturbed", ()), ("killed", (20,))):
        settings = Settings(warehouse=tmp_path / f"{name}.duckdb", threads=2)
        with writing(settings.warehouse, settings) as con:
            fill(con, 60)
        for n_done in kills:
            command = [sys.executable, str(tmp_path / "kill.py"), str(settings.warehouse), str(n_done), str(pool_from)]
            environment = os.environ | {"PYTHONPATH": str(ROOT)}
            assert subprocess.run(command, env=environment, check=False).returncode == -signal.SIGKILL
        with writing(settings.warehouse, settings) as con:
            con.execute("create or replace view raw.report as select * from main.report")
            if kills:
                assert con.sql("select status from nlp.label_run").fetchall() == [("running",)]
                assert 0 < con.sql("select count(*) from nlp.labeled_report").fetchone()[0] < 60
            label_warehouse(con, engines.load("cxr"), settings=settings, batch_size=10)
            tables.append(contents(con))
    assert tables[0] == tables[1]


class OtherLexicon:
    """A labeler with one mention a report; it stands for the same labeler with another lexicon."""

    name = "cxr"
    lexicon = default_lexicon()
    lexicon_sha = "another"
    semantics = Semantics()

    def label_texts(self, texts):
        for text in texts:
            mention = Mention("report", 0, 0, 1, text[:1], "edema", "present", None, None, "rule", None)
            yield LabeledReport((Section("report", 0, 0, len(text), text, True),), (mention,), {"edema": 1})


class Interrupted(OtherLexicon):
    def label_texts(self, texts):
        yield from list(super().label_texts(texts))[:1]
        raise KeyboardInterrupt


def test_runs_of_other_lexicons_stay_and_share_the_sections(con, settings):
    first = label_warehouse(con, engines.load("cxr"), settings=settings)
    sections = con.sql("from nlp.section order by all").fetchall()
    second = label_warehouse(con, OtherLexicon(), settings=settings)
    assert first.run_id != second.run_id
    assert con.sql("select count(distinct run_id) from nlp.label").fetchone() == (2,)
    assert con.sql("from nlp.section order by all").fetchall() == sections


def test_interrupt_leaves_the_batches_before_it(con, settings):
    with pytest.raises(KeyboardInterrupt):
        label_warehouse(con, Interrupted(), settings=settings)
    assert con.sql("select count(*) from nlp.mention").fetchone() == (0,)
    assert label_warehouse(con, OtherLexicon(), settings=settings).n_reports == 60


def test_every_labeler_has_sections(con, settings):
    class Other(OtherLexicon):
        name = "other"

    label_warehouse(con, Other(), settings=settings)
    assert con.sql("select rules, count(*) from nlp.section group by all").fetchall() == [("corrected", 120)]
    assert con.sql("select distinct labeler from nlp.label").fetchall() == [("other",)]


def test_nothing_to_label(settings):
    with writing(settings.warehouse, settings) as con, pytest.raises(WarehouseError, match="no English reports"):
        label_warehouse(con, engines.load("cxr"), settings=settings)


def test_unknown_labeler():
    with pytest.raises(ConfigError, match="Known: cxr, medspacy_context"):
        engines.load("nobody")


def test_several_semantics_side_by_side(con, settings, tmp_path):
    """Each under its own name, with its choices in the run and a scheme's own findings in nlp.finding."""
    label_warehouse(con, engines.load("cxr"), settings=settings)
    mimic = engines.load("cxr", semantics=Semantics("mimic", "chexpert"), name="cxr_mimic")
    label_warehouse(con, mimic, settings=settings)
    runs = con.sql("select labeler, text_policy, aggregation from nlp.label_run order by all").fetchall()
    assert runs == [("cxr", "findings+impression", "cxr"), ("cxr_mimic", "mimic", "chexpert")]
    sections = "select distinct labeler, section from nlp.mention join nlp.label_run using (run_id) order by all"
    assert con.sql(sections).fetchall() == [("cxr", "findings"), ("cxr", "impression"), ("cxr_mimic", "impression")]
    assert con.sql("select count(*) from nlp.section").fetchone() == (120,)
    (tmp_path / "own.yml").write_text(
        "findings: [{id: large_heart, name: Large Heart, parent: cardiomegaly}]\n"
        "rules: [{id: large_heart.word, finding: large_heart, phrases: [heart is enlarged], examples: {}}]\n"
    )
    own = engines.load("cxr", lexicon=load_scheme(str(tmp_path / "own.yml")).lexicon, name="own")
    for _ in range(2):
        label_warehouse(con, own, settings=settings)
    assert con.sql("select finding, parent, blocks_no_finding from nlp.finding").fetchall() == [
        ("large_heart", "cardiomegaly", True)
    ]
    counts = "select finding, count(*) from nlp.label where labeler = 'own' and value = 1 group by all order by all"
    labels = dict(con.sql(counts).fetchall())
    assert labels["large_heart"] == labels["cardiomegaly"] > 0
