"""A text file in the temporary table ``_staged``, as text: what the loaders of tables read.

A line that is not CSV becomes a row of raw.rejected.
"""

from __future__ import annotations

import csv
import gzip
import shutil
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import duckdb

from warehouse.errors import SourceError
from warehouse.report_files import ENCRYPTED
from warehouse.sources.base import File, Load
from warehouse.sql import identifier, literal

_MESSAGES = {
    "TOO MANY COLUMNS": "more fields than the header",
    "MISSING COLUMNS": "fewer fields than the header",
    "UNQUOTED VALUE": "a quote that does not end",
    "LINE SIZE OVER MAXIMUM": "line too long",
    "INVALID ENCODING": "not UTF-8",
}

# Within a transaction DuckDB's row ids begin at a large number.
ROW = "rowid - (select min(rowid) from _read) + 1 as _row"


@contextmanager
def staged(load: Load, file: File, path: Path, nulls: Sequence[str]) -> Iterator[list[str]]:
    """Read a CSV file into the temporary table ``_staged``, all text, ``_row`` from 1; yield the names of its columns.

    Lines that are not CSV go to raw.rejected. Rows keep the order of the file.
    """
    with _plain(path) as readable:
        header = _header(readable, path)
        columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in header)
        cleaned = ", ".join(
            f"if({_is_null(identifier(c), nulls)}, null, {identifier(c)}) as {identifier(c)}" for c in header
        )
        form = f"header = true, delim = ',', quote = '\"', escape = '\"', columns = {{{columns}}}"
        with _stage(load, file, path, cleaned, f"{literal(str(readable))}, {form}"):
            yield header


@contextmanager
def staged_lines(load: Load, file: File, path: Path) -> Iterator[None]:
    """Read a text file into the temporary table ``_staged``: ``_row`` from 1, ``line``; blank lines are left out."""
    with _plain(path) as readable:
        # A unit separator stands in no path or list, so that every line is one field.
        reading = (
            f"{literal(str(readable))}, header = false, delim = '\x1f', quote = '', columns = {{'line': 'VARCHAR'}}"
        )
        with _stage(load, file, path, r"trim(line, e' \r') as line", reading):
            yield


@contextmanager
def _stage(load: Load, file: File, path: Path, select: str, reading: str) -> Iterator[None]:
    con = load.con
    con.execute("set preserve_insertion_order = true")  # as the whole load has it, which sets it back
    try:
        con.execute(
            f"create or replace temp table _read as select {select}"
            f" from read_csv({reading}, auto_detect = false, store_rejects = true)"
        )
    except duckdb.InvalidInputException:  # its message quotes the file
        raise SourceError(
            "is not CSV", where=path, fix="Look for a stray quote or a line that ends otherwise than the rest"
        ) from None
    con.execute(f"create or replace temp view _staged as select {ROW}, * from _read")
    try:
        load.reject(file.name, _malformed(con))
        yield
    finally:
        con.execute("drop view if exists temp._staged")
        for name in ("_read", "reject_errors", "reject_scans"):
            con.execute(f"drop table if exists temp.{name}")


def _is_null(value: str, nulls: Sequence[str]) -> str:
    # Read_csv makes empty fields null; what begins with a letter or digit need not be trimmed to be seen as filled.
    spellings = ", ".join(literal(null) for null in nulls if null)
    blank = f"({value} < '!' and trim({value}) = '')"
    return f"{blank} or trim({value}) in ({spellings})" if spellings else blank


def _malformed(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    found = con.execute(
        "select line, min(error_type::varchar) from reject_errors group by line order by line"
    ).fetchall()
    return [(f"line {line}", "malformed_line", _MESSAGES.get(kind, "not CSV")) for line, kind in found]


def _header(readable: Path, path: Path) -> list[str]:
    """Return the names on the first line; unnamed columns get names of their own, those at the end are left out."""
    with readable.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
        names = next(csv.reader(lines), [])
    while names and not names[-1]:  # NIH's list of boxes ends its header, and only that, in empty names
        names.pop()
    if any("\0" in name for name in names):
        raise SourceError("is not UTF-8 text", where=path, fix="Check that it is the published file")
    if not names:
        raise SourceError("has no header", where=path, fix="Its first line must name the columns")
    if twice := [name for name, n in Counter(names).items() if n > 1 and name]:
        raise SourceError(f"column {twice[0]!r} is there twice", where=path)
    return [name or f"_unnamed_{i}" for i, name in enumerate(names)]


@contextmanager
def _plain(path: Path) -> Iterator[Path]:
    """Give a path of plain CSV: the file itself, or what a gzip or the only CSV of a zip holds, in a temporary folder.

    Python unpacks because it checks the sum at the end, where DuckDB takes a file that was cut short for a whole one.
    """
    if path.suffix not in {".zip", ".gz"}:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "rows.csv").open("wb") as plain:
        with _unpacked(path) as packed:
            shutil.copyfileobj(packed, plain, 1 << 20)
        plain.flush()
        yield Path(plain.name)


@contextmanager
def _unpacked(path: Path) -> Iterator[IO[bytes]]:
    if path.suffix == ".gz":
        with gzip.open(path) as unzipped:
            yield cast(IO[bytes], unzipped)
        return
    with zipfile.ZipFile(path) as archive:
        members = [m for m in archive.infolist() if m.filename.endswith(".csv") and "__MACOSX/" not in m.filename]
        if len(members) != 1:
            raise SourceError(f"holds {len(members)} CSV files, not one", where=path)
        if members[0].flag_bits & ENCRYPTED:
            raise SourceError("is encrypted", where=path, fix="Unpack it and name the folder")
        with archive.open(members[0]) as packed:
            yield packed
