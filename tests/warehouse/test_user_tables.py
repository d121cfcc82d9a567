"""A user's table gives its rows in every form it comes in; what is wrong with it is said in one line."""

from __future__ import annotations

import csv
import gzip
import io
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse.errors import SourceError
from warehouse.user_tables import Line, cell, read_table, reading_lines, reading_table

ROWS = [["id", "text"], ["1", 'Small "left"\neffusion, \u00e9\x00.'], ["2", ""]]


def as_csv(rows: list[list[str]], encoding: str = "utf-8") -> bytes:
    lines = io.StringIO()
    csv.writer(lines).writerows(rows)
    return lines.getvalue().encode(encoding)


def write_parquet(path: Path, rows: list[list[str]]) -> None:
    columns = zip(*rows[1:], strict=True) if rows[1:] else ((),) * len(rows[0])
    pq.write_table(pa.table([pa.array(column, pa.string()) for column in columns], names=rows[0]), path)


FORMS: dict[str, Callable[[Path, list[list[str]]], object]] = {
    "a.csv": lambda path, rows: path.write_bytes(as_csv(rows)),
    "marked.csv": lambda path, rows: path.write_bytes(as_csv(rows, "utf-8-sig")),
    "a.csv.gz": lambda path, rows: path.write_bytes(gzip.compress(as_csv(rows))),
    "gzip-without-its-name.csv": lambda path, rows: path.write_bytes(gzip.compress(as_csv(rows))),
    "a.parquet": write_parquet,
    "parquet-without-its-name": write_parquet,
}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(st.text(st.characters(codec="utf-8"), max_size=30), min_size=1, max_size=4))
@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_cells(tmp_path: Path, form: str, cells: list[str]) -> None:
    rows = [*ROWS, *([f"{i}", text] for i, text in enumerate(cells))]
    FORMS[form](tmp_path / form, rows)
    header, lines = read_table(tmp_path / form)
    assert [header, *(line.cells for line in lines)] == rows


def test_header_blank_lines_and_uneven_rows(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b" id , text\r\n\r\n1\r\n2,b,c\r\n")
    header, lines = read_table(tmp_path / "a.csv")
    assert (header, lines) == (["id", "text"], [Line(3, ["1"]), Line(4, ["2", "b", "c"])])
    assert [cell(line, 1) for line in lines] == ["", "b"]


def test_a_file_without_rows_and_one_without_a_header(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,text\n")
    (tmp_path / "b.csv").touch()
    assert read_table(tmp_path / "a.csv") == (["id", "text"], [])
    assert read_table(tmp_path / "b.csv") == ([], [])
    with reading_lines(tmp_path / "a.csv") as lines:
        assert list(lines) == [Line(1, ["id", "text"])]


def test_values_of_parquet_are_texts(tmp_path: Path) -> None:
    columns = {"id": [7, 8], "label": [-1.0, None], "name": [b"caf\xc3\xa9", b"\xff"], "other": [True, False]}
    more = {"float_id": [50000001.0, float("nan")], "p": [0.5, float("inf")]}
    pq.write_table(pa.table(columns | more), tmp_path / "a.parquet")
    with reading_table(tmp_path / "a.parquet", columns=["name", "label", "id", "absent"]) as table:
        assert table.header == ["id", "label", "name"]
        assert list(table.lines) == [Line(1, ["7", "-1", "caf\u00e9"]), Line(2, ["8", "", "\ufffd"])]
    with reading_table(tmp_path / "a.parquet", columns=["other", *more]) as table:
        assert [line.cells for line in table.lines] == [["true", "50000001", "0.5"], ["false", "", "inf"]]


@pytest.mark.parametrize("whole", [0.0, -0.0, 1.0, -1.0, 50000001.0])
def test_whole_floats_are_texts_as_arrow_writes_them(tmp_path: Path, whole: float) -> None:
    column = pa.array([whole])
    pq.write_table(pa.table({"id": column}), tmp_path / "a.parquet")
    (line,) = read_table(tmp_path / "a.parquet")[1]
    assert int(line.cells[0]) == int(column.cast(pa.string())[0].as_py())
    assert line.cells[0] == str(int(whole))


def test_a_quote_that_ends_early_is_read_and_one_that_swallows_rows_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,text\n1,"abc"x\n2,a "b" c\n3,"two\nlines"\n\n4,d')
    assert read_table(tmp_path / "a.csv")[1] == [
        Line(2, ["1", "abcx"]), Line(3, ["2", 'a "b" c']), Line(5, ["3", "two\nlines"]), Line(7, ["4", "d"])
    ]  # fmt: skip
    for text in ('1,"a"\n2,"b\n3,"c"\n', '1,a\n2,"b\n3,c\n4,d\n'):
        (tmp_path / "a.csv").write_text(text)
        with reading_lines(tmp_path / "a.csv") as lines:
            assert next(lines).cells == ["1", "a"]
            with pytest.raises(SourceError, match="a quoted field near line 2 does not end properly"):
                list(lines)


def test_a_stream_is_read_as_it_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"id\n" + b"1\n" * 100_000 + b"\xff\n")
    with reading_table(tmp_path / "a.csv") as table:
        assert next(table.lines).cells == ["1"]
        with pytest.raises(SourceError, match="it is no UTF-8"):
            list(table.lines)


def test_other_encodings_where_they_are_allowed(tmp_path: Path) -> None:
    (tmp_path / "wide.csv").write_bytes(as_csv(ROWS, "utf-16"))
    (tmp_path / "odd.csv").write_bytes(b"id,text\n1,caf\xe9\n")
    for name, expected in (("wide.csv", ROWS[1]), ("odd.csv", ["1", "caf\ufffd"])):
        with reading_table(tmp_path / name, encoding="any") as table:
            assert next(table.lines).cells == expected
        with pytest.raises(SourceError, match="cannot be read as CSV: it is no UTF-8"):
            read_table(tmp_path / name)


def cut(path: Path, form: str) -> None:
    FORMS[form](path, [["id", "text"], *([str(i), f"{i * 7919} effusions"] for i in range(2000))])
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize(
    ("name", "write", "message"),
    [
        ("a.csv", lambda path: None, "CSV: there is no such file"),
        ("a.parquet", lambda path: None, "Parquet: there is no such file"),
        ("a.csv.gz", lambda path: cut(path, "a.csv.gz"), "CSV: it is damaged or ends early"),
        ("a.parquet", lambda path: cut(path, "a.parquet"), "Parquet: it is damaged or ends early"),
        ("a.parquet", lambda path: path.write_bytes(b"rubbish"), "Parquet: it is damaged or ends early"),
        ("a.csv", lambda path: path.write_bytes(b"id\n\xff\n"), "CSV: it is no UTF-8"),
        ("a.csv", lambda path: path.write_text('id,text\n1,a\n2,"b\n'), "CSV: a quoted field near line 3 does not end"),
        ("a.csv", Path.mkdir, "CSV: it cannot be opened"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, name: str, write: Callable[[Path], object], message: str) -> None:
    write(tmp_path / name)
    with pytest.raises(SourceError, match=message) as error:
        read_table(tmp_path / name)
    assert "\n" not in str(error.value)


def store(line: Line) -> None:
    raise OSError("disk full")


def test_what_the_reader_of_the_rows_does_is_its_own_fault(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id\n1\n")
    with pytest.raises(OSError, match="disk full"), reading_table(tmp_path / "a.csv") as table:
        list(map(store, table.lines))


def test_a_pipe_gives_every_row(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(as_csv(ROWS),))
    writer.start()
    header, lines = read_table(pipe)
    writer.join()
    assert [header, *(line.cells for line in lines)] == ROWS


@pytest.mark.parametrize(
    "ids", [pa.array([0], pa.timestamp("us", "Mars/Phobos")), pa.array([2**31 - 1], pa.date32())], ids=["zone", "date"]
)
def test_a_time_that_python_does_not_know(tmp_path: Path, ids: pa.Array) -> None:
    pq.write_table(pa.table({"id": ids}), tmp_path / "a.parquet")
    with pytest.raises(SourceError, match="a time or date that Python does not know"):
        read_table(tmp_path / "a.parquet")


def test_lists_are_no_text(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": ["1"], "text": [["No edema."]]}), tmp_path / "a.parquet")
    with (
        pytest.raises(SourceError, match="'text' holds lists"),
        reading_table(tmp_path / "a.parquet", columns=("text",)),
    ):
        pass
    with reading_table(tmp_path / "a.parquet", columns=("id",)) as table:
        assert list(table.lines) == [Line(1, ["1"])]
