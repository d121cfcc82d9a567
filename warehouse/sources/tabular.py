"""CSV files into landing tables: every column is cast by its declared type, in SQL, and nothing disappears silently.

A line that is not CSV, or has no key, becomes a row of raw.rejected. A value that does not fit its column is null
there and a row of raw.odd_value. Columns that the table does not declare (row numbers of pandas) are not read.
"""

from __future__ import annotations

import csv
import gzip
import shutil
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse import schema
from warehouse.errors import SourceError
from warehouse.schema import quoted
from warehouse.sources.base import File, Load, Loader

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
    """

    def load(load: Load, file: File, path: Path) -> None:
        with staged(load, file, path, nulls) as header:
            published = [name for name in schema.column_types(table) if name not in _OWN and name != rest]
            missing = [name for name in published if name not in header and name not in optional]
            if missing:
                raise SourceError(
                    f"column {', '.join(repr(name) for name in missing)} is missing",
                    where=path,
                    fix="Check that it is the published file; its first line must name the columns",
                )
            casts = {name: _cast(table, name, expressions or {}) for name in published if name in header}
            _insert(load, table, file, casts, _rest(rest, [name for name in header if name not in published]))
            _record_odd(load, table, casts)

    return load


_OWN = ("run_id", "source_file", "source_row")


def _cast(table: type[schema.Table], name: str, expressions: Mapping[str, str]) -> str:
    template = expressions.get(name) or _DEFAULTS[schema.column_types(table)[name]]
    return template.replace("{value}", quoted(name))


def _rest(column: str | None, names: Sequence[str]) -> dict[str, str]:
    if column is None:
        return {}
    entries = ", ".join(f"{{'tag': {_text(name)}, 'value': {quoted(name)}}}" for name in names)
    return {column: f"to_json(map_from_entries(list_filter([{entries}], lambda entry: entry.value is not null)))"}


def _insert(load: Load, table: type[schema.Table], file: File, casts: dict[str, str], rest: dict[str, str]) -> None:
    own = {"run_id": _text(load.run_id), "source_file": _text(file.name)}
    if "source_row" in schema.column_types(table):
        own["source_row"] = "_row"
    select = ", ".join(f"{expression} as {quoted(name)}" for name, expression in (own | casts | rest).items())
    has_key = " and ".join(f"({casts[name]}) is not null" for name in schema.grain(table) if name in casts) or "true"
    without = load.con.execute(f"select _row from _staged where not ({has_key}) order by 1").fetchall()
    load.reject(file.name, ((f"row {row}", "no_key", "the row has no usable key") for (row,) in without))
    load.con.execute(f"insert into {schema.qualified(table)} by name select {select} from _staged where {has_key}")
    count = load.con.execute("select count(*) from _staged").fetchone()
    load.rows[schema.qualified(table)] += (count[0] if count else 0) - len(without)


def _record_odd(load: Load, table: type[schema.Table], casts: dict[str, str]) -> None:
    odd = schema.qualified(schema.runs.OddValue)
    for name, expression in casts.items():
        if expression == quoted(name):
            continue
        added = load.con.execute(
            f"insert into {odd} by name select ? as run_id, ? as table_name, ? as column_name, {quoted(name)} as value,"
            f" count(*) as n_rows from _staged where {quoted(name)} is not null and ({expression}) is null group by all"
            " returning n_rows",
            [load.run_id, schema.qualified(table), name],
        ).fetchall()
        load.n_odd += sum(n_rows for (n_rows,) in added)


@contextmanager
def staged(load: Load, file: File, path: Path, nulls: Sequence[str]) -> Iterator[list[str]]:
    """Read a CSV file into the temporary table ``_staged``, all text, ``_row`` from 1; yield the names of its columns.

    Lines that are not CSV go to raw.rejected. Rows keep the order of the file.
    """
    with _plain(path) as readable:
        header = _header(readable)
        columns = ", ".join(f"{_text(name)}: 'VARCHAR'" for name in header)
        spellings = ", ".join(_text(null) for null in nulls)
        cleaned = ", ".join(f"if(trim({quoted(c)}) in ({spellings}), null, {quoted(c)}) as {quoted(c)}" for c in header)
        reading = (
            f"read_csv({_text(str(readable))}, auto_detect = false, header = true, delim = ',', quote = '\"',"
            f" escape = '\"', columns = {{{columns}}}, store_rejects = true)"
        )
        con = load.con
        kept = con.execute("select current_setting('preserve_insertion_order')").fetchone()
        con.execute("set preserve_insertion_order = true")
        try:
            con.execute(
                f"create or replace temp table _staged as select row_number() over () as _row, {cleaned} from {reading}"
            )
            load.reject(file.name, _malformed(con))
            yield header
        finally:
            for name in ("_staged", "reject_errors", "reject_scans"):
                con.execute(f"drop table if exists temp.{name}")
            con.execute(f"set preserve_insertion_order = {bool(kept and kept[0])}")


def _malformed(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    found = con.execute(
        "select line, min(error_type::varchar) from reject_errors group by line order by line"
    ).fetchall()
    return [(f"line {line}", "malformed_line", _MESSAGES.get(kind, "not CSV")) for line, kind in found]


def _header(path: Path) -> list[str]:
    """Return the names on the first line; unnamed columns get names of their own, those at the end are left out."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8-sig", errors="replace", newline="") as lines:
        names = next(csv.reader(lines), [])
    while names and not names[-1]:  # NIH's list of boxes ends its header, and only that, in empty names
        names.pop()
    if not names:
        raise SourceError("has no header", where=path, fix="Its first line must name the columns")
    if twice := [name for name, n in Counter(names).items() if n > 1 and name]:
        raise SourceError(f"column {twice[0]!r} is there twice", where=path)
    return [name or f"_unnamed_{i}" for i, name in enumerate(names)]


@contextmanager
def _plain(path: Path) -> Iterator[Path]:
    """Give a path that DuckDB reads: the file itself, or the CSV of a zip unpacked into a temporary folder."""
    if path.suffix != ".zip":
        yield path
        return
    with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
        members = [m for m in archive.namelist() if m.endswith(".csv") and not m.startswith("__MACOSX/")]
        if len(members) != 1:
            raise SourceError(f"holds {len(members)} CSV files, not one", where=path)
        target = Path(folder) / "rows.csv"
        with archive.open(members[0]) as packed, target.open("wb") as plain:
            shutil.copyfileobj(packed, plain)
        yield target


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
