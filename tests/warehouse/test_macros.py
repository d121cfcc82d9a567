"""The macros and the view that Python's queries and dbt's models share say what they have always said."""

from __future__ import annotations

import hashlib
from itertools import accumulate
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse import schema
from warehouse.connection import read_only, untrusted, writing
from warehouse.errors import WarehouseError
from warehouse.schema.macros import MACROS
from warehouse.splits import RELEASE_SPLIT_RULE, SPLIT_RULE, SPLITS

IDS = st.text(st.characters(codec="utf-8"), max_size=20)
TEXT = "FINDINGS: No effusion. IMPRESSION: Normal."


@pytest.fixture(scope="module")
def bare() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("create schema raw")
    for name, body in MACROS.items():
        con.execute(f"create macro {name} as {body}")
    return con


def md5_number(text: str) -> int:
    """Return md5 as DuckDB's ``md5_number`` has it: 128 bits, the first byte the lowest."""
    return int.from_bytes(hashlib.md5(text.encode(), usedforsecurity=False).digest(), "little")


@settings(deadline=None)
@given(dataset=IDS, patient=IDS)
def test_the_split_is_the_rule_in_words(bare: duckdb.DuckDBPyConnection, dataset: str, patient: str) -> None:
    remainder = md5_number(f"{dataset}:{patient}") % 100
    expected = next(part for part, bound in zip(SPLITS, accumulate(SPLITS.values()), strict=True) if remainder < bound)
    assert bare.execute("select raw.patient_split(?, ?)", [dataset, patient]).fetchone() == (expected,)


def test_the_shares_and_the_words_stay_what_manifests_say(bare: duckdb.DuckDBPyConnection) -> None:
    assert sum(SPLITS.values()) == 100
    words = "md5(dataset:patient_id) as an integer modulo 100: below 70 train, below 80 validation, else test"
    assert words == SPLIT_RULE
    rules = bare.sql("select raw.patient_split_rule(), raw.release_split_rule()").fetchone()
    assert rules == (SPLIT_RULE, RELEASE_SPLIT_RULE)


@settings(deadline=None)
@given(text=IDS)
def test_the_hash_of_a_text(bare: duckdb.DuckDBPyConnection, text: str) -> None:
    found = bare.execute("select raw.text_hash(?)", [text]).fetchone()
    assert found == (md5_number(text) % (2**63 - 1),)


def test_the_text_that_is_scored(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        """
        insert into raw.openi_report by name
        select 'r' as run_id, 'f' as source_file, 'CXR' || i as uid, 'p' || i as pmc_id, 'Clear.' as findings,
            'Normal.' as impression
        from range(3) as t(i)
        """
    )
    con.execute(
        """
        insert into nlp.section by name
        select 'r' as run_id, 'openi' as dataset, 'CXR' || study as study_id, 'corrected' as rules, section, ordinal,
            start, start + length(text) as end, text, counts as is_label_source, false as is_label_text
        from (values
            (1, 'indication', 0, 0, 'Cough.', false), (1, 'impression', 2, 30, 'Normal.', true),
            (1, 'findings', 1, 10, 'Clear.', true), (2, 'indication', 0, 0, 'Cough.', false)
        ) as t(study, section, ordinal, start, text, counts)
        """
    )
    con.execute("insert into nlp.section by name from (select * replace ('official' as rules) from nlp.section)")
    rows = con.sql("from nlp.label_source_text order by study_id").fetchall()
    whole = "FINDINGS: Clear.\n\nIMPRESSION: Normal."
    parts = [{"start": 10, "text": "Clear."}, {"start": 30, "text": "Normal."}]
    texts = [
        ("CXR0", whole, [{"start": 0, "text": whole}]),
        ("CXR1", "Clear.\n\nNormal.", parts),
        ("CXR2", "", []),
    ]
    assert [(study, text, passages) for _, _, study, text, _, passages in rows] == texts
    assert [text_hash for *_, text_hash, _ in rows] == [md5_number(text) % (2**63 - 1) for _, text, _ in texts]


def test_they_are_in_the_file_for_readers_of_any_kind(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with writing(path):
        pass
    moved = path.rename(tmp_path / "moved.duckdb")
    for opened in (read_only, untrusted):
        with opened(moved) as con:
            assert con.sql("select raw.patient_split('openi', '1')").fetchone() is not None
            assert con.sql("select count(*) from nlp.label_source_text").fetchone() == (0,)


def read(path: Path, query: str) -> None:
    with read_only(path) as con:
        con.sql(query)


def test_a_file_of_an_earlier_version_says_what_to_do_and_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with writing(path) as con:
        con.execute("drop view nlp.label_source_text")
        con.execute("drop macro raw.text_hash")
    for query in ("select raw.text_hash('a')", "from nlp.label_source_text"):
        with pytest.raises(WarehouseError, match=r"lacks what this version reads.*Run 'cxr build'") as error:
            read(path, query)
        assert "\n" not in str(error.value)
    with writing(path) as con:
        con.execute("create or replace macro raw.text_hash(text) as 0")
        schema.create_all(con)
        assert con.sql("select raw.text_hash('a')").fetchone() == (md5_number("a") % (2**63 - 1),)
