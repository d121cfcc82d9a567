"""The labeler in SQL: the same labels and mentions as in Python, for every text, in any kind of connection."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxr
from nlp import udf
from tests.support import ROOT
from warehouse.config import Settings
from warehouse.connection import untrusted, writing

PARTS = ("No pneumothorax.", "Possible left effusion.", "The heart is enlarged.", "Lungs are clear.", "Rib fracture?")
TEXTS = [f"FINDINGS: {first} {second}\nIMPRESSION: {third}" for first in PARTS for second in PARTS for third in PARTS]


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        udf.register_functions(con)
        yield con


def in_sql(con: duckdb.DuckDBPyConnection, expression: str, texts: list[str | None]) -> list:
    reports = pa.table({"position": range(len(texts)), "text": pa.array(texts, pa.string())})
    with con.cursor() as cursor:
        cursor.register("reports", reports)
        return [row[0] for row in cursor.sql(f"select {expression} from reports order by position").fetchall()]


def test_labels_are_those_of_python_over_many_vectors(con):
    texts = TEXTS * 40  # 5,000: more than two of DuckDB's vectors
    assert in_sql(con, "cxr_label(text)", texts) == [cxr.label(text).labels for text in texts]


def test_mentions_are_those_of_python(con):
    for text, mentions in zip(TEXTS, in_sql(con, "cxr_mentions(text)", list(TEXTS)), strict=True):
        found = cxr.label(text).mentions
        assert [(m["finding"], m["assertion"], m["start_offset"], m["end_offset"]) for m in mentions] == [
            (m.finding, m.assertion, m.start, m.end) for m in found
        ]
        for mention in mentions:
            assert text[mention["start_offset"] : mention["end_offset"]] == mention["text"]
            cue = mention["cue_start_offset"]
            assert mention["cue_text"] == (None if cue is None else text[cue : mention["cue_end_offset"]])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.none() | st.sampled_from(TEXTS) | st.text(st.characters(exclude_categories=["Cs"])), max_size=20))
def test_no_text_raises_and_null_stays_null(con, texts):
    labels, mentions = in_sql(con, "cxr_label(text)", texts), in_sql(con, "cxr_mentions(text)", texts)
    assert labels == [None if text is None else cxr.label(text).labels for text in texts]
    assert [m if m is None else len(m) for m in mentions] == [
        None if text is None else len(cxr.label(text).mentions) for text in texts
    ]


def test_what_is_not_mentioned_is_null(con):
    query = "select cxr_label(?)['edema'], cxr_label('')['edema'], cxr_label(null), cxr_label('')"
    assert con.execute(query, ["Possible edema."]).fetchone() == (-1, None, None, {})
    assert con.sql("select cxr_mentions(null), cxr_mentions('')").fetchone() == (None, [])


def test_evidence_as_rows(con):
    query = "select finding, cue_text from (select unnest(cxr_mentions(?), recursive := true))"
    rows = con.execute(query, ["No pneumonia, possible edema."]).fetchall()
    assert rows == [("pneumonia", "No"), ("edema", "possible")]


def test_mention_has_columns_of_the_mart():
    model = ROOT / "dbt_project/models/marts/labels/finding_mention.sql"
    words = model.read_text(encoding="utf-8").replace(",", " ").replace(".", " ").split()
    assert set(udf.MENTION) <= set(words)


def test_registered_twice_and_in_a_locked_warehouse(tmp_path):
    path = tmp_path / "warehouse.duckdb"
    with writing(path, Settings(warehouse=path)):
        pass
    with untrusted(path) as con:
        udf.register_functions(con)
        udf.register_functions(con.cursor())
        assert con.sql("select cxr_label('No edema.')").fetchone() == ({"edema": 0, "no_finding": 1},)


def test_threads_share_it(con):
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: in_sql(con, "cxr_label(text)", list(TEXTS)), range(8)))
    assert results == [[cxr.label(text).labels for text in TEXTS]] * 8


LAZY = """
import sys, duckdb
from nlp import udf
con = duckdb.connect()
udf.register_functions(con)
con.sql("select 1").fetchall()
print("nlp.rules.compile" in sys.modules, "pandas" in sys.modules)
con.sql("select cxr_label('No edema.')").fetchall()
print("nlp.rules.compile" in sys.modules)
"""


def test_nothing_is_compiled_before_the_first_call():
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", LAZY], env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert done.split() == ["False", "False", "True"]
