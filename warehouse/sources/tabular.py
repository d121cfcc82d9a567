"""CSV files into landing tables: every column is cast by its declared type, in SQL, and nothing disappears silently.

A line that is not CSV, or has no key, becomes a row of raw.rejected. A value that does not fit its column is null
there and a row of raw.odd_value. Columns that the table does not declare (row numbers of pandas) are not read.
"""

from __future__ import annotations

import csv
import gzip
import json
import shutil
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import duckdb

from warehouse import schema
from warehouse.errors import SourceError
from warehouse.report_files import ENCRYPTED
from warehouse.sources.base import File, Load, Loader
from warehouse.sql import identifier, literal

# Tokens of a list as Python or numpy prints it: quoted strings, or bare words and numbers.
_TOKENS = r"""regexp_extract_all({value}, '''[^'']*''|"[^"]*"|[^\s,\[\]''"]+')"""
_ITEMS = f"list_transform({_TOKENS}, lambda token: trim(token, '''\"'))"
_IS_LIST = "{value} like '[%]'"

PYTHON_LIST = f"if({_IS_LIST}, {_ITEMS}, null)"
"""``['a', 'b']`` or numpy's ``['a' 'b']`` as a LIST."""
ITEM_OR_LIST = f"case when {{value}} is null then null when {_IS_LIST} then {_ITEMS} else [{{value}}] end"
"""The same, where one item is printed bare."""
_NUMBERS = f"list_transform({ITEM_OR_LIST}, lambda item: try_cast(item as double))"
NUMBERS = f"if(list_count({_NUMBERS}) = len({_NUMBERS}), {_NUMBERS}, null)"
"""The same, as numbers; null when an item is none."""
BARS = "string_split({value}, '|')"
"""``a|b`` as a LIST."""
NESTED_LIST = r"""
if(json_valid(regexp_replace(replace({value}, '''', '"'), '\bnan\b', 'null', 'g')),
   regexp_replace(replace({value}, '''', '"'), '\bnan\b', 'null', 'g')::json, null)
"""
"""Lists of lists as Python prints them, as JSON."""
YEARS = r"try_cast(regexp_extract({value}, '^0*(\d+)(?:\.0+)?Y?$', 1) as integer)"
"""Age in years: ``58``, ``58.0`` or DICOM's ``058Y``."""

_WHOLE = r"if(regexp_full_match({{value}}, '[+-]?\d+(\.0*)?'), try_cast({{value}} as {type}), null)"
_DEFAULTS = {
    "VARCHAR": "{value}",
    "SMALLINT": _WHOLE.format(type="smallint"),
    "INTEGER": _WHOLE.format(type="integer"),
    "BIGINT": _WHOLE.format(type="bigint"),
    "DOUBLE": "try_cast({value} as double)",
    "DATE": "coalesce(try_strptime({value}, '%Y%m%d')::date, try_cast({value} as date))",
    "TIMESTAMP": "try_cast({value} as timestamp)",
    "BOOLEAN": "case upper({value}) when 'YES' then true when 'NO' then false else try_cast({value} as boolean) end",
    "JSON": NESTED_LIST,
    "VARCHAR[]": PYTHON_LIST,
    "DOUBLE[]": NUMBERS,
}
_MESSAGES = {
    "TOO MANY COLUMNS": "more fields than the header",
    "MISSING COLUMNS": "fewer fields than the header",
    "UNQUOTED VALUE": "a quote that does not end",
    "LINE SIZE OVER MAXIMUM": "line too long",
    "INVALID ENCODING": "not UTF-8",
}


def csv_rows(
    table: type[schema.Table],
    expressions: Mapping[str, str] | None = None,
    *,
    nulls: Sequence[str] = ("",),
    optional: Sequence[str] = (),
    rest: str | None = None,
    forms: Mapping[str, str] | None = None,
    derived: Mapping[str, str] | None = None,
) -> Loader:
    """Return a loader of one CSV file (plain, gzip, or the only CSV of a zip) into one table.

    Parameters
    ----------
    table : table class
        Its column names are the published ones.
    expressions : mapping, optional
        SQL by column where the cast by type does not do; ``{value}`` stands for the published text.
    nulls : sequence of str
        Spellings of "no value".
    optional : sequence of str
        Columns that some releases lack; null there.
    rest : str, optional
        JSON column that takes the filled values of every column the table does not declare.
    forms : mapping, optional
        SQL predicates of ``{value}`` by column; a column most of whose values do not fit is not the one it is called.
    derived : mapping, optional
        SQL over the published columns (text) by column, for columns that the file does not have.
    """

    def load(load: Load, file: File, path: Path) -> None:
        with staged(load, file, path, nulls) as header:
            ours = {*(derived or {}), *([rest] if rest else [])}
            published = [name for name in published_columns(table) if name not in ours]
            missing = [name for name in published if name not in header and name not in optional]
            if missing:
                raise SourceError(
                    f"column {', '.join(repr(name) for name in missing)} is missing",
                    where=path,
                    fix="Check that it is the published file; its first line must name the columns",
                )
            casts = {name: _cast(table, name, expressions or {}) for name in published if name in header}
            _require_forms(load, path, {name: form for name, form in (forms or {}).items() if name in casts})
            more = _rest(rest, [name for name in header if name not in published]) | dict(derived or {})
            _insert(load, table, file, path, casts, more)
            _record_odd(load, table, file, casts)

    return load


def json_rows(table: type[schema.Table]) -> Loader:
    """Return a loader of one file of JSON objects, one a line, into one table; null or no key is no value."""

    def load(load: Load, file: File, path: Path) -> None:
        names = published_columns(table)
        with staged_lines(load, file, path):
            shape = literal(json.dumps(dict.fromkeys(names, "VARCHAR")))
            bad = load.con.execute("select _row from _staged where not json_valid(line) order by 1").fetchall()
            load.reject(file.name, ((f"line {row}", "malformed_line", "not JSON") for (row,) in bad))
            values = ", ".join(f"object.{identifier(name)} as {identifier(name)}" for name in names)
            load.con.execute(
                f"create or replace temp view _staged as select _row, {values} from"
                f" (select {_ROW}, from_json(line, {shape}) as object from _read where json_valid(line))"
            )
            casts = {name: _cast(table, name, {}) for name in names}
            _insert(load, table, file, path, casts, {})
            _record_odd(load, table, file, casts)

    return load


def published_columns(table: type[schema.Table]) -> list[str]:
    """Return the columns that a table takes from its file."""
    return [name for name in schema.column_types(table) if name not in _OWN]


_OWN = ("run_id", "source_file", "source_row")

# Within a transaction DuckDB's row ids begin at a large number.
_ROW = "rowid - (select min(rowid) from _read) + 1 as _row"


def _cast(table: type[schema.Table], name: str, expressions: Mapping[str, str]) -> str:
    template = expressions.get(name) or _DEFAULTS[schema.column_types(table)[name]]
    return template.replace("{value}", identifier(name))


def _rest(column: str | None, names: Sequence[str]) -> dict[str, str]:
    if column is None:
        return {}
    entries = ", ".join(f"{{'tag': {literal(name)}, 'value': {identifier(name)}}}" for name in names)
    return {column: f"to_json(map_from_entries(list_filter([{entries}], lambda entry: entry.value is not null)))"}


_SAMPLE = 10_000
"""Rows that are enough to see whether a column holds what it is called."""


def _require_forms(load: Load, path: Path, forms: Mapping[str, str]) -> None:
    if not forms:
        return
    unlike = [
        f"count(*) filter (not coalesce({form.replace('{value}', identifier(name))}, false))"
        f" > count({identifier(name)}) / 2"
        for name, form in forms.items()
    ]
    found = load.con.execute(f"select {', '.join(unlike)} from (from _staged limit {_SAMPLE})").fetchone() or ()
    if wrong := [repr(name) for name, is_wrong in zip(forms, found, strict=True) if is_wrong]:
        raise SourceError(
            f"column {', '.join(wrong)} does not hold what it is called",
            where=path,
            fix="The header and the rows do not belong together: check for swapped columns",
        )


def _insert(
    load: Load, table: type[schema.Table], file: File, path: Path, casts: dict[str, str], more: dict[str, str]
) -> None:
    own = {"run_id": literal(load.run_id), "source_file": literal(file.name)}
    if "source_row" in schema.column_types(table):
        own["source_row"] = "_row"
    select = ", ".join(f"{expression} as {identifier(name)}" for name, expression in (own | casts | more).items())
    has_key = " and ".join(f"({casts[name]}) is not null" for name in schema.grain(table) if name in casts) or "true"
    added = load.con.execute(
        f"insert into {schema.qualified(table)} by name select {select} from _staged where {has_key}"
    ).fetchone()
    n_rows, n_staged = (added[0] if added else 0), count(load, "_staged")
    load.rows[schema.qualified(table)] += n_rows
    if n_rows == n_staged:
        return
    if n_rows == 0:
        key = ", ".join(repr(name) for name in schema.grain(table))
        raise SourceError(f"no row has a usable {key}", where=path, fix="Check that the header belongs to the rows")
    without = load.con.execute(f"select _row from _staged where not ({has_key}) order by 1").fetchall()
    load.reject(file.name, ((f"row {row}", "no_key", "the row has no usable key") for (row,) in without))


def count(load: Load, table: str) -> int:
    """Return the number of rows of a table, ``_staged`` for instance."""
    row = load.con.execute(f"select count(*) from {table}").fetchone()
    return int(row[0]) if row else 0


def _record_odd(load: Load, table: type[schema.Table], file: File, casts: dict[str, str]) -> None:
    """Record the values that were lost in casting, of the columns that have fewer values than the file has."""
    cast = [name for name, expression in casts.items() if expression != identifier(name)]
    if not cast:
        return
    counts = ", ".join(f"count({identifier(name)})" for name in cast)
    target, odd = schema.qualified(table), schema.qualified(schema.runs.OddValue)
    published = load.con.execute(f"select {counts} from _staged").fetchone() or ()
    own = "where run_id = ? and source_file = ?"
    stored = load.con.execute(f"select {counts} from {target} {own}", [load.run_id, file.name]).fetchone() or ()
    for name in (name for name, before, after in zip(cast, published, stored, strict=True) if before != after):
        added = load.con.execute(
            f"insert into {odd} by name select ? as run_id, ? as table_name, ? as column_name,"
            f" {identifier(name)} as value, count(*) as n_rows from _staged where {identifier(name)} is not null"
            f" and ({casts[name]}) is null group by all returning n_rows",
            [load.run_id, target, name],
        ).fetchall()
        load.n_odd += sum(n_rows for (n_rows,) in added)


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
        reading = (
            f"{literal(str(readable))}, header = true, delim = ',', quote = '\"', escape = '\"',"
            f" columns = {{{columns}}}"
        )
        with _stage(load, file, path, cleaned, reading):
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
    con.execute(f"create or replace temp view _staged as select {_ROW}, * from _read")
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
