"""Mentions of two sides: overlap, each matched once, and files of mentions."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.evaluation.mention_agreement import Row, Span, compare_mentions, count, match, read_mention_file
from warehouse.config import Settings
from warehouse.connection import writing
from warehouse.errors import SourceError, WarehouseError

SPANS = st.lists(st.integers(0, 40), max_size=12, unique=True).map(
    # Two borders make a span, so that spans of one side do not overlap.
    lambda borders: [Span(a, b, "present") for a, b in zip(sorted(borders)[::2], sorted(borders)[1::2], strict=False)]
)
HEADER = "study_id,start,end,finding,assertion\n"


@given(SPANS, SPANS)
def test_pairs_overlap_and_are_as_many_as_can_be(first: list[Span], second: list[Span]) -> None:
    pairs = match(first, second)
    assert all(first[i].start < second[j].end and second[j].start < first[i].end for i, j in pairs)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    assert [(i, j) for j, i in match(second, first)] == pairs
    graph = [[j for j, b in enumerate(second) if a.start < b.end and b.start < a.end] for a in first]
    assert len(pairs) == most(graph)


def most(graph: list[list[int]]) -> int:
    """Return the size of the largest matching, by augmenting paths."""
    partner: dict[int, int] = {}

    def augment(i: int, seen: set[int]) -> bool:
        for j in graph[i]:
            if j not in seen:
                seen.add(j)
                if j not in partner or augment(partner[j], seen):
                    partner[j] = i
                    return True
        return False

    return sum(augment(i, set()) for i in range(len(graph)))


def test_counts_by_hand() -> None:
    rows = [
        Row("a", "edema", 0, 0, 5, "present"),
        Row("a", "edema", 0, 10, 15, "absent"),
        Row("a", "edema", 1, 2, 6, "uncertain"),
        Row("b", "edema", 1, 0, 5, "present"),
        Row("b", "mass", 0, 0, 4, "present"),
        Row("b", "mass", 1, 0, 4, "present"),
    ]
    edema, mass, micro = (item.row() for item in count(rows))
    assert (edema["n_first"], edema["n_second"], edema["n_matched"], edema["n_same_assertion"]) == (2, 2, 1, 0)
    assert (mass["precision"], mass["recall"], mass["f1"], mass["n_same_assertion"]) == (1.0, 1.0, 1.0, 1)
    assert (micro["precision"], micro["recall"], micro["f1"]) == (2 / 3, 2 / 3, 2 / 3)


def test_of_a_warehouse_and_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mentions.csv"
    path.write_text(HEADER + "s1,0,5,edema,absent\ns2,,,,\ns9,0,5,edema,absent\n")
    with writing(tmp_path / "warehouse.duckdb", Settings(threads=1)) as con:
        con.execute("""insert into nlp.label_run by name select 'r' as run_id, 'cxr' as labeler, 'x' as lexicon_sha,
            'p' as text_policy, '0' as product_version, 'complete' as status, now() as started_at""")
        con.execute("insert into nlp.labeled_report select 'r', 'openi', 's' || i, 0 from range(3) as t(i)")
        con.execute("""insert into nlp.mention by name select 'r' as run_id, 'openi' as dataset, study as study_id,
            'findings' as section, 0 as sentence, 3 as start, 8 as end, 'edema' as text, 'edema' as finding,
            'present' as assertion, 'edema.word' as rule_id from (values ('s1'), ('s2')) as t(study)""")
        n_studies, (edema, _) = compare_mentions(con, path, "cxr")
        assert (n_studies, edema.n_first, edema.n_second, edema.n_matched) == (2, 1, 2, 1)
        assert edema.assertions.tolist() == [[0, 0, 0], [1, 0, 0], [0, 0, 0]]
        _, (same, _) = compare_mentions(con, "cxr", "r")
        assert (same.n_first, same.n_matched, same.row()["f1"]) == (2, 2, 1.0)
        path.write_text(HEADER + "s9,0,5,edema,absent\n")
        with pytest.raises(WarehouseError, match="no study in common"):
            compare_mentions(con, path, "cxr")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("study_id,start\n", "no column 'end'"),
        (HEADER + ",0,5,edema,absent\n", "no study_id in line 2"),
        (HEADER + "s,5,5,edema,absent\n", "no offsets in line 2"),
        (HEADER + "s,0,5,oedema,absent\n", "unknown finding in line 2"),
        (HEADER + "s,0,5,edema,no\n", "assertion is not present"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "mentions.csv").write_text(content)
    with pytest.raises(SourceError, match=message):
        read_mention_file(tmp_path / "mentions.csv")
    with pytest.raises(SourceError, match="cannot be read as CSV"):
        read_mention_file(tmp_path / "absent.csv")
