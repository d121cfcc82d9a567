import hashlib
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse import runs, schema

COLUMNS = {"labeler": "cxr", "lexicon_sha": "sha", "text_policy": "policy"}


@given(st.binary(max_size=4096))
def test_fingerprint_is_the_sha256_of_the_bytes(content: bytes) -> None:
    import tempfile

    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        assert runs.fingerprint(Path(file.name)) == hashlib.sha256(content).hexdigest()


@given(st.lists(st.text("abc", max_size=3), min_size=1), st.lists(st.text("abc", max_size=3), min_size=1))
def test_run_ids_differ_when_any_determinant_does(one: list[str], other: list[str]) -> None:
    assert (runs.run_id(*one) == runs.run_id(*other)) == (one == other)


def test_an_interrupted_run_is_taken_up(con: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(KeyboardInterrupt), runs.recorded(con, schema.nlp.LabelRun, "run", **COLUMNS):
        raise KeyboardInterrupt
    assert not runs.is_complete(con, schema.nlp.LabelRun, "run")
    (started_at,) = con.sql("select started_at from nlp.label_run").fetchone() or (None,)
    with runs.recorded(con, schema.nlp.LabelRun, "run", **COLUMNS) as changes:
        changes["n_reports"] = 7
    rows = con.sql("select status, started_at, n_reports, finished_at >= started_at from nlp.label_run").fetchall()
    assert rows == [("complete", started_at, 7, True)]
    assert runs.is_complete(con, schema.nlp.LabelRun, "run")
