"""Attributions of a warehouse's reports: linked with their scores, made once, complete after a kill."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys

import duckdb
import pytest

from models.attribution.output import AttributionResult
from models.attribution.store import Selection
from models.attribution.warehouse import attribute_images, attribute_reports
from models.network import registry
from models.scoring import score_reports
from models.scoring.items import ALL
from nlp import engines
from nlp.labeling.warehouse import label_warehouse
from tests.support import ROOT
from warehouse.config import Settings
from warehouse.connection import writing
from warehouse.errors import ConfigError, WarehouseError

EFFUSED = Selection(findings=("pleural_effusion",))

KILL = """
import os, signal, sys
from pathlib import Path
from models.attribution.warehouse import attribute_reports
from models.attribution.store import Selection
from warehouse.config import Settings
from warehouse.connection import writing

settings = Settings(warehouse=Path(sys.argv[1]), threads=1)
chosen = Selection(findings=("pleural_effusion",))
stop = lambda step, done, total: done > int(sys.argv[3]) and os.kill(os.getpid(), signal.SIGKILL)
with writing(settings.warehouse, settings) as con:
    attribute_reports(con, Path(sys.argv[2]), "report_findings", chosen, settings=settings, shard_size=8, progress=stop)
"""


@pytest.fixture
def scored(con, settings):
    """Twelve reports in sections, scored."""
    con.execute("delete from raw.openi_report where uid[4:]::int >= 12")
    label_warehouse(con, engines.load("cxr"), settings=settings)
    score_reports(settings=settings)
    return con


def numbers(con: duckdb.DuckDBPyConnection) -> list[tuple]:
    """The numbers that the table links."""
    paths = [path for (path,) in con.sql("select distinct numbers_path from score.attribution order by 1").fetchall()]
    return con.execute(
        """
        select n.* from read_parquet(?, filename = true) as n semi join score.attribution as a
            on a.dataset = n.dataset and a.item_id = n.study_id and a.finding = n.finding
            and a.numbers_path = n.filename
        order by all
        """.replace("n.*", "n.* exclude (filename)"),
        [paths],
    ).fetchall()


def test_words_are_linked_with_their_scores_and_reports(scored, settings, tmp_path):
    result = attribute_reports(scored, tmp_path / "out", "report_findings", Selection(), settings=settings)
    thresholds = registry.load("report_findings")[0].thresholds
    expected = {
        (study, finding, probability)
        for study, finding, probability in scored.sql(
            "select study_id, finding, probability from score.report_score"
        ).fetchall()
        if probability >= thresholds[finding]
    }
    assert result.n_chosen == result.n_attributions == len(expected) > 0
    linked = scored.sql("select item_id, finding, probability from score.attribution").fetchall()
    assert set(linked) == expected
    rows = numbers(scored)
    assert {(study, finding, probability) for _, study, finding, probability, *_ in rows} == expected
    texts = dict(scored.sql("select study_id, text from raw.report").fetchall())
    best: dict[str, tuple[float, str]] = {}
    for _, study, finding, _, _, start, end, weight in rows:
        assert texts[study][start:end].split() == [texts[study][start:end]]
        assert "Rule out" not in texts[study][max(0, start - 5) : start]  # the indication is not scored
        if finding == "pleural_effusion":
            best[study] = max(best.get(study, (-9.0, "")), (weight, texts[study][start:end]))
    assert best
    assert {word for _, word in best.values()} <= {"effusion", "left", "pleural"}
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert [path.suffix for path in files] == [".parquet"]


def test_selections(scored, settings, tmp_path):
    def chosen(selection: Selection) -> list[tuple]:
        scored.execute("delete from score.attribution")
        attribute_reports(scored, tmp_path / "out", "report_findings", selection, settings=settings)
        query = "select finding, item_id from score.attribution order by probability desc, item_id"
        return scored.sql(query).fetchall()

    every = chosen(EFFUSED)
    assert len(every) == 12
    assert chosen(Selection(findings=("pleural_effusion",), top=3)) == every[:3]
    both = chosen(Selection(findings=("pleural_effusion", "edema"), items=("CXR3", "CXR5")))
    assert sorted(both) == sorted((f, i) for f in ("pleural_effusion", "edema") for i in ("CXR3", "CXR5"))
    assert chosen(Selection(datasets=("mimic_cxr",), findings=("edema",))) == []
    with pytest.raises(ConfigError, match="no finding 'scoliosis'"):
        chosen(Selection(findings=("scoliosis",)))


def test_done_ones_are_not_made_again_and_lost_ones_are(scored, settings, tmp_path):
    def attribute(output: str = "out", **more: object) -> AttributionResult:
        return attribute_reports(scored, tmp_path / output, "report_findings", EFFUSED, settings=settings, **more)

    assert (attribute().n_items, attribute().n_items) == (12, 0)
    assert attribute().n_chosen == 12
    before = numbers(scored)
    for file in (tmp_path / "out").rglob("*.parquet"):
        file.unlink()
    assert attribute().n_items == 12
    assert numbers(scored) == before
    assert attribute("elsewhere").n_items == 12
    assert scored.sql("select count(*) from score.attribution").fetchone() == (12,)
    paged = attribute("elsewhere", pages="html")
    assert paged.n_items == 12
    pages = list((tmp_path / "elsewhere").rglob("*.html"))
    assert len(pages) == 12
    assert all("contains the text of a report" in page.read_text() for page in pages)
    assert attribute("elsewhere").n_items == 0
    pages[0].unlink()
    assert attribute("elsewhere", pages="html").n_items == 1


def test_changed_reports_are_left_out_until_they_are_scored_again(scored, settings, tmp_path):
    def attribute() -> AttributionResult:
        return attribute_reports(scored, tmp_path, "report_findings", EFFUSED, settings=settings)

    attribute()
    scored.execute("update raw.openi_report set findings = 'Rib fracture.', impression = null where uid = 'CXR1'")
    scored.execute("delete from nlp.section where study_id = 'CXR1'")
    scored.execute("delete from score.attribution where item_id in ('CXR1', 'CXR2')")
    result = attribute()
    assert (result.n_items, result.n_attributions, result.codes) == (2, 1, {"changed_text": 1})
    score_reports(settings=settings)
    assert attribute().n_attributions == 1
    changed = [row for row in numbers(scored) if row[1] == "CXR1"]
    (text,) = scored.sql("select text from raw.report where study_id = 'CXR1'").fetchone()
    assert {text[row[5] : row[6]] for row in changed} >= {"Rib", "fracture"}


def test_scores_that_are_gone_are_forgotten(scored, settings, tmp_path):
    def attribute() -> AttributionResult:
        return attribute_reports(scored, tmp_path, "report_findings", EFFUSED, settings=settings)

    attribute()
    scored.execute("delete from score.report_score where study_id = 'CXR1'")
    scored.execute("update score.report_score set probability = 0.5 where study_id = 'CXR2'")
    assert attribute().n_items == 1
    remade = dict(scored.sql("select item_id, probability from score.attribution").fetchall())
    assert "CXR1" not in remade
    assert remade["CXR2"] == 0.5


@pytest.mark.parametrize("done", [0, 11])
def test_killed_and_rerun_equals_undisturbed(scored, settings, tmp_path, done):
    scored.execute("checkpoint")
    (tmp_path / "kill.py").write_text(KILL)
    tables = []
    for name in ("undisturbed", "killed"):
        copy = Settings(warehouse=tmp_path / f"{name}.duckdb", threads=1)
        shutil.copy(settings.warehouse, copy.warehouse)
        output = tmp_path / name
        if name == "killed":
            command = [sys.executable, tmp_path / "kill.py", copy.warehouse, output, str(done)]
            environment = os.environ | {"PYTHONPATH": str(ROOT)}
            assert subprocess.run(command, env=environment, check=False).returncode == -signal.SIGKILL
        with writing(copy.warehouse, copy) as con:
            kept = con.sql("select count(*) from score.attribution").fetchone()[0]
            assert kept == (8 if name == "killed" and done >= 8 else 0)
            result = attribute_reports(con, output, "report_findings", EFFUSED, settings=copy, shard_size=8)
            assert result.n_attributions == 12 - kept
            columns = "* exclude (numbers_path)"
            tables.append((numbers(con), con.sql(f"select {columns} from score.attribution order by all").fetchall()))
        assert not list(output.rglob("*.partial"))
    assert tables[0] == tables[1]


def test_what_is_not_scored_is_an_error(con, settings, tmp_path):
    with pytest.raises(WarehouseError, match=r"no score of report_findings .* Run 'cxr score reports"):
        attribute_reports(con, tmp_path, "report_findings", Selection(), settings=settings)
    with pytest.raises(ConfigError, match="reads reports, not images"):
        attribute_images(con, {ALL: tmp_path}, tmp_path, "report_findings", Selection(), settings=settings)
