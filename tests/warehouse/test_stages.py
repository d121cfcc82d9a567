"""What stages share: a stale item goes with all its rows or not at all, and a batch is stored whole or not at all."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse import runs, schema, stages
from warehouse.connection import transaction
from warehouse.schema.nlp import Section, SectionedReport, SectionRun

RUN = {"rules": "corrected", "rules_sha": "x"}
TABLES = {"nlp.sectioned_report": "study_id", "nlp.section": "study_id"}


def batch(*studies: str, text: str = "Clear.") -> dict[type[schema.Table], pa.Table]:
    done = {"dataset": "openi", "text_hash": 1}
    section = {"dataset": "openi", "section": "findings", "ordinal": 0, "start": 0, "end": len(text), "text": text}
    section |= {"is_label_source": True, "is_label_text": False}
    return {
        Section: pa.Table.from_pylist([section | {"study_id": study} for study in studies]),
        SectionedReport: pa.Table.from_pylist([done | {"study_id": study} for study in studies]),
    }


def studies(con: duckdb.DuckDBPyConnection, run: str) -> dict[str, list[str]]:
    query = "select list(study_id order by study_id) from {} where run_id = ?"
    return {table: con.execute(query.format(table), [run]).fetchone()[0] or [] for table in TABLES}


def forget(con: duckdb.DuckDBPyConnection, run: str, *stale: str) -> int:
    return stages.forget(
        con,
        "select 'openi', unnest($stale::varchar[])",
        {"stale": list(stale)},
        tables=TABLES,
        owner=("run_id", run),
        run_table=SectionRun,
        run=run,
    )


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stale=st.sets(st.sampled_from("abcd")))
def test_stale_items_go_from_every_table_of_their_run(con: duckdb.DuckDBPyConnection, stale: set[str]) -> None:
    for table in (*TABLES, "nlp.section_run"):
        con.execute(f"delete from {table}")
    for run in ("r1", "r2"):
        with stages.taken_up(con, SectionRun, run, **RUN):
            stages.store(con, batch("a", "b", "c"), run_id=run, rules="corrected")
    assert forget(con, "r1", *stale) == len(stale)
    left = sorted({"a", "b", "c"} - stale)
    assert studies(con, "r1") == dict.fromkeys(TABLES, left)
    assert studies(con, "r2") == {key: ["a", "b", "c"] for key in TABLES}
    assert stages.count(con, list(TABLES), ("run_id", "r1")) == [len(left)] * 2
    assert [runs.is_complete(con, SectionRun, run) for run in ("r1", "r2")] == [not stale, True]


def test_a_failure_forgets_nothing(con: duckdb.DuckDBPyConnection) -> None:
    stages.store(con, batch("a"), run_id="r", rules="corrected")
    with pytest.raises(duckdb.CatalogException):
        stages.forget(
            con, "select 'openi', 'a'", {}, tables=TABLES | {"nlp.absent": "study_id"}, owner=("run_id", "r"),
            run_table=SectionRun, run="r",
        )  # fmt: skip
    assert studies(con, "r") == {key: ["a"] for key in TABLES}
    with transaction(con):  # none is left open
        con.execute("select 1")


def test_a_batch_that_fails_leaves_no_row(con: duckdb.DuckDBPyConnection) -> None:
    whole = batch("a", "b")
    whole[SectionedReport] = (
        whole[SectionedReport].drop_columns("text_hash").append_column("text_hash", pa.array(["no number", "1"]))
    )
    with pytest.raises(duckdb.ConversionException):
        stages.store(con, whole, run_id="r", rules="corrected")
    assert studies(con, "r") == {key: [] for key in TABLES}


def test_what_is_pending(con: duckdb.DuckDBPyConnection) -> None:
    stages.store(con, batch("a", "c"), run_id="r", rules="corrected")
    items = "(select 'openi' as dataset, unnest(['a', 'b', 'c', 'd']) as study_id)"
    query = stages.pending("study_id", items, "nlp.sectioned_report", "study_id")
    assert con.sql(f"{query} order by all").fetchall() == [("b",), ("d",)]


def test_a_run_that_is_taken_up_is_not_complete_until_its_end(con: duckdb.DuckDBPyConnection) -> None:
    with stages.taken_up(con, SectionRun, "r", **RUN):
        pass
    assert runs.is_complete(con, SectionRun, "r")
    with pytest.raises(KeyError), stages.taken_up(con, SectionRun, "r", **RUN):
        assert {}["killed"]
    assert not runs.is_complete(con, SectionRun, "r")
    with stages.taken_up(con, SectionRun, "r", **RUN) as changes:
        changes["n_reports"] = 3
    assert con.sql("select status, n_reports from nlp.section_run").fetchall() == [("complete", 3)]
