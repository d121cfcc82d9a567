"""Whatever a value or a name holds, it comes back from DuckDB as it is."""

from __future__ import annotations

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.sql import identifier, literal, values

TEXTS = st.text(st.characters(codec="utf-8"))


@settings(deadline=None)
@given(TEXTS)
def test_a_literal_is_its_text(text: str) -> None:
    assert duckdb.sql(f"select {literal(text)}").fetchone() == (text,)
    assert duckdb.sql(f"select {literal(text)} is not distinct from $1", params=[text]).fetchone() == (True,)


# DuckDB ends a statement at a NUL, and has no column without a name.
@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_an_identifier_is_its_name(name: str) -> None:
    assert duckdb.sql(f"select 1 as {identifier(name)}").columns == [name]


@settings(deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4), TEXTS)
def test_values_are_the_texts_of_a_list(texts: list[str], other: str) -> None:
    assert duckdb.sql(f"select $1 in {values(texts)}", params=[other]).fetchone() == (other in texts,)
    assert duckdb.sql(f"select $1 in {values(texts)}", params=[texts[0]]).fetchone() == (True,)
