"""Exports of a warehouse: complete, whole or not at all, in the order of the studies."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

import cxr
from nlp import engines
from nlp.exchange.label_folders import export_labels
from nlp.labeling import stored
from nlp.labeling.warehouse import label_warehouse
from warehouse.config import Settings
from warehouse.connection import read_only, writing
from warehouse.errors import ConfigError, WarehouseError

TEXTS = {
    ("openi", "CXR1"): "FINDINGS: No pleural\n  effusion, but a small left pneumothorax, resolved edema.",
    ("openi", "CXR10"): "IMPRESSION: Possible pneumonia, \"atelectasis\".",
    ("openi", "CXR2"): "FINDINGS: Lungs.",
    ("mimic_cxr", "50000001"): "FINDINGS: Heart size normal.\r\nNo edema 🫁. " + "Devices in place. " * 30,
    ("mimic_cxr", "CXR2"): "IMPRESSION: Rib fracture.",
    ("own/../set", "a/b 1"): "IMPRESSION: Hydropneumothorax.",
}  # fmt: skip


@pytest.fixture(scope="module")
def labeled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = Settings(warehouse=tmp_path_factory.mktemp("export") / "warehouse.duckdb", threads=2)
    with writing(settings.warehouse, settings) as con:
        con.execute("create table main.report (dataset text, patient_id text, study_id text, text text, language text)")
        rows = [(dataset, "p", study_id, text, "en") for (dataset, study_id), text in TEXTS.items()]
        con.executemany("insert into main.report values (?, ?, ?, ?, ?)", rows)
        con.execute("insert into main.report values ('padchest', 'p', 's', 'sin derrame', 'es')")
        con.execute("create or replace view raw.report as select * from main.report")
        label_warehouse(con, engines.load("cxr"), settings=settings)
        con.execute("insert into main.report values ('openi', 'p', 'CXR99', 'FINDINGS: Edema.', 'en')")
        con.execute("insert into main.report values ('openi', 'p', 'CXR0', 'FINDINGS: Edema.', 'en')")
    return settings.warehouse


@pytest.fixture
def con(labeled: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with read_only(labeled) as con:
        yield con


def test_reports_are_read_back_with_their_mentions(con):
    reports = list(stored.read(con, stored.select(con, "cxr")))
    assert [report[:2] for report in reports] == sorted(TEXTS)
    for dataset, study_id, text, mentions in reports:
        assert text == TEXTS[dataset, study_id]
        assert sorted(mentions) == sorted(cxr.label(text).mentions)


def test_brat(con, tmp_path):
    steps = []
    result = export_labels(con, "brat", tmp_path / "out", progress=lambda *step: steps.append(step))
    assert (result.n_reports, result.n_mentions) == (6, sum(len(cxr.label(text).mentions) for text in TEXTS.values()))
    assert steps == [("brat", 6, 6)]
    files = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    names = [
        "openi/CXR1",
        "openi/CXR10",
        "openi/CXR2",
        "mimic_cxr/50000001",
        "mimic_cxr/CXR2",
        "own%2F..%2Fset/a%2Fb%201",
    ]
    assert files == {"annotation.conf", *(f"{name}.{kind}" for name in names for kind in ("txt", "ann"))}
    assert (tmp_path / "out/openi/CXR2.ann").read_bytes() == b""
    assert "pleural_effusion 13 20;23 31\tpleural effusion\n" in (tmp_path / "out/openi/CXR1.ann").read_text()
    assert b"\r" not in (tmp_path / "out/mimic_cxr/50000001.txt").read_bytes()


def test_label_studio(con, tmp_path):
    export_labels(con, "label-studio", tmp_path / "out", datasets=["openi"])
    tasks = json.loads((tmp_path / "out/tasks.json").read_text(encoding="utf-8"))
    assert [task["data"]["study_id"] for task in tasks] == ["CXR1", "CXR10", "CXR2"]
    assert tasks[0]["data"]["text"] == TEXTS["openi", "CXR1"]
    assert tasks[2]["predictions"][0]["result"] == []
    assert (tmp_path / "out/labeling_config.xml").exists()


def test_note_nlp(con, tmp_path):
    result = export_labels(con, "note-nlp", tmp_path / "it's out")
    with (tmp_path / "it's out/note_nlp.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with (tmp_path / "it's out/note_key.csv").open(newline="", encoding="utf-8") as file:
        studies = {row["note_id"]: (row["dataset"], row["study_id"]) for row in csv.DictReader(file)}
    # The columns of https://ohdsi.github.io/CommonDataModel/cdm54.html#note_nlp
    assert list(rows[0]) == [
        "note_nlp_id", "note_id", "section_concept_id", "snippet", "offset", "lexical_variant", "note_nlp_concept_id",
        "note_nlp_source_concept_id", "nlp_system", "nlp_date", "nlp_datetime", "term_exists", "term_temporal",
        "term_modifiers",
    ]  # fmt: skip
    assert sorted(studies.values()) == sorted(TEXTS)
    assert [int(row["note_nlp_id"]) for row in rows] == list(range(1, result.n_mentions + 1))
    values = {("Y", "false", "false"): "present", ("N", "true", "false"): "absent", ("N", "false", "true"): "uncertain"}
    written = []
    for row in rows:
        dataset, study_id = studies[row["note_id"]]
        start, words = int(row["offset"]), row["lexical_variant"]
        assert TEXTS[dataset, study_id][start : start + len(words)] == words
        assert " ".join(words.split()) in row["snippet"]
        assert len(row["snippet"]) <= 250
        assert {row["section_concept_id"], row["note_nlp_concept_id"], row["note_nlp_source_concept_id"]} == {"0"}
        assert row["nlp_datetime"].startswith(row["nlp_date"])
        modifiers = dict(pair.split("=") for pair in row["term_modifiers"].split(","))
        assertion = values[row["term_exists"], modifiers["negation"], modifiers["uncertain"]]
        assert row["term_temporal"] == ("past" if modifiers.get("change") == "resolved" else "present")
        evidence = [modifiers.get(name) for name in ("laterality", "severity", "change", "rule", "cue_rule")]
        written.append((dataset, study_id, start, modifiers["finding"], assertion, *evidence))
    found = [
        (*key, m.start, m.finding, m.assertion, m.laterality, m.severity, m.change, m.rule_id, m.cue_rule_id)
        for key, text in TEXTS.items()
        for m in cxr.label(text).mentions
    ]
    assert sorted(written, key=repr) == sorted(found, key=repr)


def test_note_ids_do_not_depend_on_the_selection(con, tmp_path):
    export_labels(con, "note-nlp", tmp_path / "all")
    export_labels(con, "note-nlp", tmp_path / "one", datasets=["openi"], studies=["CXR10"])
    everything = (tmp_path / "all/note_key.csv").read_text().splitlines()
    header, line = (tmp_path / "one/note_key.csv").read_text().splitlines()
    assert (header, line in everything, line.endswith("openi,CXR10")) == (everything[0], True, True)


def test_studies_of_several_data_sets(con):
    chosen = list(stored.read(con, stored.select(con, "cxr", studies=["CXR2", "CXR1", "CXR2"])))
    assert [report[:2] for report in chosen] == [("mimic_cxr", "CXR2"), ("openi", "CXR1"), ("openi", "CXR2")]
    of_two = stored.read(con, stored.select(con, "cxr", ["openi", "mimic_cxr"]))
    assert {report[0] for report in of_two} == {"openi", "mimic_cxr"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labeler": "nobody"}, "no finished run of a labeler 'nobody'"),
        ({"datasets": ["padchest"]}, "padchest: no report is labeled"),
        ({"studies": ["CXR1", "CXR404"]}, "no report of study 'CXR404'"),
        ({"studies": ["CXR99"]}, "no report of study 'CXR99' is labeled"),
        ({"datasets": ["mimic_cxr"], "studies": ["CXR1"]}, "mimic_cxr: no report of study 'CXR1'"),
    ],
)
def test_what_is_not_there(con, tmp_path, options, message):
    with pytest.raises(WarehouseError, match=message):
        export_labels(con, "brat", tmp_path / "out", **options)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_replaced(con, tmp_path):
    (tmp_path / "work").mkdir()
    (tmp_path / "work/notes.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for name in ("work", "file"):
        with pytest.raises(ConfigError, match="is there already"):
            export_labels(con, "brat", tmp_path / name)
    with pytest.raises(ConfigError, match="cannot be written"):
        export_labels(con, "note-nlp", tmp_path / "no/such/place")
    with pytest.raises(ConfigError, match="no format 'conll'"):
        export_labels(con, "conll", tmp_path / "out")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "notes.txt", "work"]


@pytest.mark.parametrize("output_format", ["brat", "label-studio", "note-nlp"])
def test_whole_or_not_at_all(con, tmp_path, output_format):
    (tmp_path / "out").mkdir()  # empty, so it may be taken
    (tmp_path / "out.partial").mkdir()  # left by a run that was killed
    (tmp_path / "out.partial/old.txt").write_text("old")

    def interrupt(*step: object) -> None:
        raise KeyboardInterrupt

    if output_format != "note-nlp":
        with pytest.raises(KeyboardInterrupt):
            export_labels(con, output_format, tmp_path / "out", progress=interrupt)
        assert [path.name for path in tmp_path.rglob("*")] == ["out"]
    export_labels(con, output_format, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert not (tmp_path / "out/old.txt").exists()


def test_a_changed_report_waits_for_its_label(labeled, tmp_path):
    copy = tmp_path / "warehouse.duckdb"
    copy.write_bytes(labeled.read_bytes())
    with writing(copy) as con:
        con.execute("create or replace view raw.report as select * from main.report")
        con.execute("update main.report set text = 'FINDINGS: Clear.' where study_id = 'CXR10'")
        assert export_labels(con, "label-studio", tmp_path / "out").n_reports == 5
        with pytest.raises(WarehouseError, match="CXR10"):
            stored.select(con, "cxr", studies=["CXR10"])
