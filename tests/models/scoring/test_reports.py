"""Scoring the reports of a warehouse: complete, resumable, idempotent, whatever the shards."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace

import duckdb
import numpy as np
import pytest

from models.network import inference, manifest, registry, tokens
from models.scoring import Options, score_reports
from nlp import engines
from nlp.labeling.warehouse import label_warehouse
from tests.support import ROOT
from warehouse.config import Settings
from warehouse.connection import writing
from warehouse.errors import ConfigError, WarehouseError
from warehouse.splits import SPLITS

# What the clock does not decide.
RUN = "run_id, model, version, weights_sha, provider, engine, status, n_items, n_failures"
TABLES = {"score_run": RUN, "scored_report": "*", "report_score": "*", "failure": "*", "model": "*"}

KILL = """
import os, signal, sys
from pathlib import Path
from models.scoring import score_reports
from warehouse.config import Settings

settings = Settings(warehouse=Path(sys.argv[1]), threads=1)
score_reports(settings=settings, shard_size=20, progress=lambda *step: os.kill(os.getpid(), signal.SIGKILL))
"""


def contents(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple]]:
    return {
        name: sorted(con.sql(f"select {columns} from score.{name}").fetchall(), key=repr)
        for name, columns in TABLES.items()
    }


def test_every_report_has_the_probabilities_of_the_network(con, settings):
    seen = []
    result = score_reports(settings=settings, shard_size=25, progress=lambda *step: seen.append(step))
    assert (result.n_scored, result.n_items, result.n_failures) == (60, 60, 0)
    assert [step[1:] for step in seen if step[0].startswith("score")] == [(25, 60), (50, 60), (60, 60)]
    assert [step for step in seen if step[0] == "store scores"][-1][1:] == (3, 3)
    assert [path.name for path in settings.warehouse.parent.iterdir() if path.is_dir()] == []
    described, network = registry.load("report_findings")
    ((text,),) = con.sql("select text from nlp.label_source_text where study_id = 'CXR7'").fetchall()
    expected = inference.probabilities(network.run, tokens.encode(network.tokenizer, [text]))[0]
    stored = dict(con.sql("select finding, probability from score.report_score where study_id = 'CXR7'").fetchall())
    assert stored == dict(zip(described.findings, expected.astype(np.float64).tolist(), strict=True))
    in_range = con.sql("select count(*) from score.report_score where probability between 0 and 1").fetchone()
    assert in_range == (60 * len(described.findings),)
    assert con.sql(f"select {RUN} from score.score_run").fetchall() == [
        (result.run_id, "report_findings", described.version, described.weights_sha, "CPUExecutionProvider", "local",
         "complete", 60, 0)
    ]  # fmt: skip
    ((name, kept),) = con.sql("select name, manifest from score.model").fetchall()
    assert (name, manifest.Manifest.model_validate_json(kept)) == ("report_findings", described)


def test_second_run_scores_nothing(con, settings):
    first = score_reports(settings=settings)
    before, record = contents(con), con.sql("from score.score_run").fetchall()
    again = score_reports(settings=settings)
    assert (again.n_scored, again.n_items, again.run_id) == (0, 60, first.run_id)
    assert contents(con) == before
    assert con.sql("from score.score_run").fetchall() == record


def test_reports_without_text_are_failures(con, settings):
    con.execute("update raw.openi_report set findings = null, impression = null where uid in ('CXR1', 'CXR2')")
    con.execute("update raw.openi_report set indication = null where uid = 'CXR2'")
    label_warehouse(con, engines.load("cxr"), settings=settings)
    result = score_reports(settings=settings)
    assert (result.n_scored, result.n_items, result.n_failures) == (60, 58, 2)
    assert con.sql("select dataset, item_id, code from score.failure order by item_id").fetchall() == [
        ("openi", "CXR1", "empty_text"),
        ("openi", "CXR2", "empty_text"),
    ]
    assert con.sql("select count(distinct study_id) from score.report_score").fetchone() == (58,)
    assert score_reports(settings=settings).n_scored == 0


def test_changed_new_and_vanished_reports(con, settings):
    score_reports(settings=settings)
    con.execute("update raw.openi_report set findings = 'Rib fracture.' where uid = 'CXR1'")
    con.execute("delete from raw.openi_report where uid = 'CXR2'")
    con.execute("insert into raw.openi_report (run_id, source_file, uid, pmc_id) values ('r', 'f', 'CXR900', 'p')")
    assert score_reports(settings=settings).n_scored == 2
    incremental = contents(con)
    for name in TABLES:
        con.execute(f"delete from score.{name}")
    score_reports(settings=settings)
    assert contents(con) == incremental


def test_shards_and_threads_do_not_change_scores(tmp_path, fill):
    found = []
    for threads, shard_size in ((1, 5000), (2, 7)):
        settings = Settings(warehouse=tmp_path / f"{threads}.duckdb", threads=threads)
        with writing(settings.warehouse, settings) as con:
            fill(con, 60)
        score_reports(settings=settings, shard_size=shard_size)
        with writing(settings.warehouse, settings) as con:
            found.append(contents(con))
    assert found[0] == found[1]


def test_killed_and_rerun_equals_undisturbed(tmp_path, fill):
    (tmp_path / "kill.py").write_text(KILL)
    tables = []
    for name in ("undisturbed", "killed"):
        settings = Settings(warehouse=tmp_path / f"{name}.duckdb", threads=1)
        with writing(settings.warehouse, settings) as con:
            fill(con, 60)
        if name == "killed":
            command = [sys.executable, str(tmp_path / "kill.py"), str(settings.warehouse)]
            environment = os.environ | {"PYTHONPATH": str(ROOT)}
            assert subprocess.run(command, env=environment, check=False).returncode == -signal.SIGKILL
        with writing(settings.warehouse, settings) as con:
            if name == "killed":
                assert con.sql("select status from score.score_run").fetchall() == [("running",)]
                assert len(list(tmp_path.glob("killed.duckdb.scores/*/shard-*.parquet"))) == 1
            result = score_reports(settings=settings, shard_size=20)
            assert (result.n_scored, result.n_items) == (40 if name == "killed" else 60, 60)
            tables.append(contents(con))
        assert not (tmp_path / f"{name}.duckdb.scores").exists()
    assert tables[0] == tables[1]


def test_other_weights_of_the_version_replace_its_scores(con, settings, trained):
    first = score_reports(settings=settings)
    second = score_reports(settings=replace(settings, zoo=trained.folder.parents[1]))
    assert second.run_id != first.run_id
    assert second.n_scored == 60
    for table in ("report_score", "scored_report"):
        assert con.sql(f"select distinct run_id from score.{table}").fetchall() == [(second.run_id,)]
    assert con.sql("select weights_sha from score.model").fetchall() == [(manifest.read(trained.folder).weights_sha,)]


def test_only_the_wanted_data_sets(con, settings):
    con.execute(
        "insert into raw.mimic_cxr_report by name"
        " select 'r' as run_id, 'f' as source_file, 1 as subject_id, 2 as study_id, 'Clear.' as text"
    )
    assert score_reports(settings=settings, wanted=["mimic_cxr"]).n_items == 1
    assert score_reports(settings=settings, wanted=["openi"]).n_scored == 60
    assert score_reports(settings=settings).n_scored == 0
    with pytest.raises(WarehouseError, match=r"no data set 'mimic'\. There are: mimic_cxr, openi"):
        score_reports(settings=settings, wanted=["mimic"])


def test_splits_are_those_of_the_training_data(con, settings):
    con.execute(
        "insert into raw.mimic_cxr_report by name"
        " select 'r' as run_id, 'f' as source_file, 1 as subject_id, 2 as study_id, 'Clear.' as text"
    )
    score_reports(settings=settings)
    splits = con.sql("select dataset, list(distinct split) from score.scored_report group by all").fetchall()
    assert dict(splits)["mimic_cxr"] == [None]
    assert set(dict(splits)["openi"]) == set(SPLITS)


def test_two_versions_stay_side_by_side(con, settings, tmp_path):
    for version in ("1.0.0", "1.1.0"):
        folder = shutil.copytree(registry.find("report_findings"), tmp_path / "report_findings" / version)
        described = json.loads((folder / manifest.MANIFEST_FILE).read_text())
        (folder / manifest.MANIFEST_FILE).write_text(json.dumps(described | {"version": version}))
    for model in ("report_findings@1.0.0", "report_findings"):
        score_reports(Options(model), settings=replace(settings, zoo=tmp_path))
    counted = con.sql("select version, count(distinct study_id) from score.report_score group by all order by all")
    assert counted.fetchall() == [("1.0.0", 60), ("1.1.0", 60)]


def test_an_unknown_network_changes_nothing(con, settings):
    with pytest.raises(ConfigError, match="no network 'other'"):
        score_reports(Options("other"), settings=settings)
    assert not any(contents(con).values())


def test_an_empty_warehouse(con, settings):
    con.execute("delete from raw.openi_report")
    result = score_reports(settings=settings)
    assert (result.n_scored, result.n_items) == (0, 0)
    assert con.sql("select status from score.score_run").fetchall() == [("complete",)]
