"""Two warehouses compared, whatever the order of their rows and the ids of their runs."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from benchmarks import same_tables
from benchmarks.same_tables import compare

ROWS = [("run1", "2026-01-01 00:00:00+00", 1, 0.1 + 0.2), ("run1", "2026-01-01 00:00:00+00", 2, 0.5)]

LARGER = "run_id text, at_ timestamptz, id bigint, p double"
OTHER_ID = "columns that are new, gone or of another type: id"


@pytest.fixture
def make(tmp_path):
    def make(name: str, rows: list[tuple], columns: str = "run_id text, at_ timestamptz, id integer, p double") -> Path:
        path = tmp_path / f"{name}.duckdb"
        with duckdb.connect(str(path)) as con:
            con.execute(f"create table item ({columns})")
            con.executemany(f"insert into item values ({', '.join('?' * len(rows[0]))})", rows)
            con.execute("create view halves as select id, p / 2 as half from item")
        return path

    return make


def test_order_runs_times_and_last_digits_do_not_count(make):
    after = [("run2", "2026-02-02 00:00:00+00", 2, 0.5), ("run2", "2026-02-02 00:00:00+00", 1, 0.3)]
    assert compare(make("before", ROWS), make("after", after)) == (2, [])


@pytest.mark.parametrize(
    ("rows", "columns", "table", "what"),
    [
        (ROWS[:1], None, "main.item", "2 rows before, 1 after; 1 rows before are not there after"),
        ([*ROWS, *ROWS], None, "main.item", "2 rows before, 4 after"),
        ([ROWS[0]] * 3, None, "main.item", "2 rows before, 3 after; 1 rows before are not there after"),
        ([ROWS[0], (*ROWS[1][:3], 0.51)], None, "main.item", "values of p"),
        (
            [(*ROWS[0][:2], 2, ROWS[0][3]), (*ROWS[1][:2], 1, ROWS[1][3])],
            None, "main.item", "values of columns, other pairs of them",
        ),
        (ROWS, LARGER, "main.halves", OTHER_ID),
        (ROWS, LARGER, "main.item", OTHER_ID),
        (
            [ROWS[0], (*ROWS[1][:3], 0.51)], LARGER, "main.item",
            f"{OTHER_ID}; values of p",
        ),
        (
            ROWS[:1], LARGER, "main.item",
            f"{OTHER_ID}; 2 rows before, 1 after; 1 rows before are not there after",
        ),
    ],
)  # fmt: skip
def test_what_differs_is_named(make, rows, columns, table, what):
    first, second = make("before", ROWS), make("after", rows, *([columns] if columns else []))
    found = {difference.table: difference for difference in compare(first, second)[1]}
    assert found[table].what == what
    assert found[table].reason is None


def test_a_difference_that_is_meant_has_its_reason_and_any_other_fails(make, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(same_tables, "write_result", lambda *_: None)
    paths = [make("before", ROWS), make("after", ROWS[:1])]
    assert same_tables.main(paths) == 1
    assert "NOT MEANT" in capsys.readouterr().out
    monkeypatch.setitem(same_tables.RULES, "meant", {"main.*": "half of the rows go"})
    assert same_tables.main(paths) == 0
    assert "half of the rows go" in capsys.readouterr().out
