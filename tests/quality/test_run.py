"""Running the suites: a good warehouse passes, each kind of damage fails the check that is about it."""

from __future__ import annotations

import json
import re
import socket

import duckdb
import pytest

from quality.run import CheckReport, run_checks
from warehouse.config import Settings
from warehouse.connection import read_only
from warehouse.errors import ConfigError

DAMAGE = {
    "duplicate key": (
        "insert into raw.openi_report select * from raw.openi_report where uid = 'CXR1'",
        ("raw.openi_report", "key_unique", "blocking", 2),
    ),
    "out of range": (
        'update raw.chestxray14_image set "Height]" = 9 where "Patient ID" = 3',
        ("raw.chestxray14_image", "height_range", "blocking", 1),
    ),
    "known oddity": (
        'update raw.chestxray14_image set "Patient Age" = 414 where "Patient ID" = 3',
        ("raw.chestxray14_image", "patient_age_range", "warning", 1),
    ),
    "box outside the image": (
        "update raw.chestxray14_box set w = 2000 where source_row <= 2",
        ("raw.chestxray14_box", "box_inside_image", "blocking", 2),
    ),
    "removed row": (
        "delete from raw.chestxray14_box where source_row = 1",
        ("raw.chestxray14_box", "published_count", "blocking", None),
    ),
    "orphan": (
        "update raw.chestxray14_box set \"Image Index\" = '99999999_000.png' where source_row = 5",
        ("raw.chestxray14_box", "chestxray14_image_exists", "blocking", 1),
    ),
    "unknown code": (
        "update nlp.mention set assertion = 'maybe' where study_id = 'CXR2'",
        ("nlp.mention", "assertion_known", "blocking", 1),
    ),
    "mention behind the end of its report": (
        "update nlp.mention set \"end\" = 100000 where study_id = 'CXR2'",
        ("nlp.mention", "inside_report", "blocking", 1),
    ),
    "No Finding beside a finding": (
        "insert into nlp.label select * replace ('no_finding' as finding) from nlp.label where study_id = 'CXR1'",
        ("nlp.label", "no_finding_alone", "blocking", 1),
    ),
    "labels of a study that was not read": (
        "delete from nlp.labeled_report where study_id = 'CXR3'",
        ("nlp.label", "labeled_report_exists", "blocking", 1),
    ),
    "probability above one": (
        "update score.report_score set probability = 1.5 where study_id = 'CXR1'",
        ("score.report_score", "probability_range", "blocking", 1),
    ),
    "interrupted run": (
        "update nlp.label_run set status = 'running'",
        ("nlp.label_run", "finished", "warning", 1),
    ),
    "mart with a study that is not there": (
        "update marts.fct_study_label set study_id = 'CXR9' where study_id = 'CXR1'",
        ("marts.fct_study_label", "dim_study_exists", "blocking", 1),
    ),
    "column of another type": (
        "alter table raw.chestxray14_box alter column y type varchar",
        ("warehouse.columns", "raw_chestxray14_box_columns", "blocking", 1),
    ),
}


def failures(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str, int | None]]:
    query = "select suite, check_id, severity, n_unexpected from quality.check_result where not is_success"
    return con.sql(query).fetchall()


def test_a_good_warehouse_passes(checked: tuple[Settings, CheckReport]) -> None:
    settings, report = checked
    with read_only(settings.warehouse) as con:
        assert failures(con) == []
        assert con.sql("select count(*), count(distinct (suite, check_id)) from quality.check_result").fetchone() == (
            report.n_checks,
            report.n_checks,
        )
        assert con.sql("select status, n_checks, n_failed from quality.check_run").fetchall() == [
            ("complete", report.n_checks, 0)
        ]
    assert report.n_checks > 100
    assert not report.is_blocking
    assert "0 blocking" in report.summary


def test_what_is_skipped_is_listed(checked: tuple[Settings, CheckReport]) -> None:
    settings, report = checked
    assert report.skipped["raw.mimic_cxr_record"] == "no rows"
    assert report.skipped["raw.chestxray14_image"] == "a sample: 10 of 112,120 published rows"
    assert "raw.chestxray14_box" not in report.skipped
    with read_only(settings.warehouse) as con:
        listed = con.sql("select suite, reason from quality.suite_result where n_skipped > 0").fetchall()
    assert dict(listed) == report.skipped


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found(damage: str, con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    sql, expected = DAMAGE[damage]
    con.execute(sql)
    report = run_checks(con, settings, suites=[expected[0]])
    assert expected in failures(con)
    assert report.is_blocking == any(severity == "blocking" for _, _, severity, _ in failures(con))
    assert report.n_failed_warning + report.n_failed_blocking == len(failures(con))


def test_a_missing_column_fails_the_suite(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    con.execute("alter table marts.dim_study drop column age_years")
    report = run_checks(con, settings, suites=["marts.dim_study"])
    assert report.n_failed_blocking + report.n_failed_warning == report.n_checks > 0
    assert con.sql("select distinct observed ->> 'error' from quality.check_result").fetchall() == [
        ("BinderException",)
    ]


def test_marts_that_are_not_built_are_skipped(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    con.execute("drop schema marts cascade")
    report = run_checks(con, settings, suites=["marts.dim_study", "raw.openi_report"])
    assert report.skipped == {
        "marts.dim_study": "not built",
        "raw.openi_report": "a sample: 3 of 3,955 published rows",
    }


def test_a_second_run_replaces_the_first(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    first = run_checks(con, settings, suites=["nlp.label"])
    before = con.sql("select * exclude (run_id) from quality.check_result order by all").fetchall()
    second = run_checks(con, settings, suites=["nlp.label"])
    assert con.sql("select * exclude (run_id) from quality.check_result order by all").fetchall() == before
    assert con.sql("select count(*) from quality.check_run").fetchone() == (1,)
    assert first.run_id == second.run_id
    assert run_checks(con, settings, suites=["nlp.label"], reuse=True) == second
    run_checks(con, settings, suites=["nlp.section"])
    assert con.sql("select distinct suite from quality.check_result").fetchall() == [("nlp.section",)]


def test_an_interrupted_run_keeps_the_results_before_it(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    run_checks(con, settings, suites=["nlp.label"])
    before = con.sql("select * from quality.check_result order by all").fetchall()

    def interrupt(step: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_checks(con, settings, suites=["nlp.section", "nlp.mention"], progress=interrupt)
    assert con.sql("select * from quality.check_result order by all").fetchall() == before
    assert con.sql("select status from quality.check_run").fetchall() == [("complete",)]


def test_progress_is_reported(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    steps: list[tuple[str, int, int]] = []
    run_checks(con, settings, suites=["nlp.label", "nlp.section"], progress=lambda *step: steps.append(step))
    assert steps == [("check", 1, 2), ("check", 2, 2)]


def test_an_unknown_suite_is_named(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    with pytest.raises(ConfigError, match=r"no suite 'raw.nothing'"):
        run_checks(con, settings, suites=["raw.nothing"])


def test_a_removed_row_is_named_with_its_difference(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    con.execute("delete from raw.chestxray14_box where source_row = 1")
    con.execute("update marts.reference_count set loaded_count = 983, difference = -1, status = 'differs'")
    report = run_checks(con, settings, suites=["raw.chestxray14_box", "marts.reference_count"])
    assert report.is_blocking
    assert {(failed.table, failed.check): failed.difference for failed in report.failed} == {
        ("raw.chestxray14_box", "published_count"): "983 rows, 1 fewer than the published 984",
        ("marts.reference_count", "chestxray14_boxes"): "983, 1 fewer than the published 984",
    }
    assert "raw.chestxray14_box" in next(f.what for f in report.failed if f.table == "marts.reference_count")


def test_counts_of_a_sample_are_not_compared(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    con.execute(
        "insert into marts.reference_count by name select 'chestxray14' as dataset, 'images' as subject,"
        " 112120 as published_count, 10 as loaded_count, -112110 as difference, 'differs' as status"
    )
    report = run_checks(con, settings, suites=["raw.chestxray14_image", "marts.reference_count"])
    assert not report.is_blocking
    assert "needs the whole of raw.chestxray14_image" in report.skipped["marts.reference_count"]


def test_nothing_is_asked_of_the_network(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    asked: list[object] = []

    def refuse(*address: object) -> None:
        asked.append(address)
        raise OSError

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    run_checks(con, settings, suites=["nlp.label"])
    assert asked == []
    assert capfd.readouterr() == ("", "")


def test_the_index_of_data_docs_links_to_every_suite(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    run_checks(con, settings, suites=["nlp.label", "nlp.mention"])
    index = settings.pages / "data_docs" / "index.html"
    pages = re.findall(r'href="(validations/[^"]+)">([^<]+)<', index.read_text())
    assert [suite for _, suite in pages] == ["nlp.label", "nlp.mention"]
    assert all((index.parent / page).is_file() for page, _ in pages)


def test_pages_and_results_hold_no_text_and_ask_nobody(
    con: duckdb.DuckDBPyConnection, settings: Settings, sentence: str
) -> None:
    """Even where the text itself is what is wrong."""
    con.execute(f"update nlp.mention set text = '{sentence}', assertion = '{sentence}'")
    con.execute(f"update nlp.label_run set status = '{sentence}'")
    report = run_checks(con, settings, suites=["nlp.mention", "nlp.label_run"])
    assert report.is_blocking
    pages = [path.read_text() for path in (settings.pages / "data_docs").rglob("*.html")]
    assert len(pages) >= 3
    results = json.dumps(con.sql("select * from quality.check_result").fetchall(), default=str)
    for content in (*pages, results):
        assert "periwinkle" not in content
        assert not re.search(r"<(?:script|img|iframe)[^>]*\ssrc=[\"']?https?:|<link[^>]*href=[\"']?https?:", content)
        assert "@import" not in content
