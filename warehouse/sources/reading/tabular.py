"""CSV files into landing tables: every column is cast by its declared type, in SQL, and nothing disappears silently.

A line that is not CSV, or has no key, becomes a row of raw.rejected. A value that does not fit its column is null
there and a row of raw.odd_value. Columns that the table does not declare (row numbers of pandas) are not read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from warehouse import schema
from warehouse.errors import SourceError
from warehouse.sources.base import File, Load, Loader
from warehouse.sources.reading.staging import ROW, staged, staged_lines
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
                f" (select {ROW}, from_json(line, {shape}) as object from _read where json_valid(line))"
            )
            casts = {name: _cast(table, name, {}) for name in names}
            _insert(load, table, file, path, casts, {})
            _record_odd(load, table, file, casts)

    return load


def published_columns(table: type[schema.Table]) -> list[str]:
    """Return the columns that a table takes from its file."""
    return [name for name in schema.column_types(table) if name not in _OWN]


_OWN = ("run_id", "source_file", "source_row")


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
    target, odd = schema.qualified(table), schema.qualified(schema.loads.OddValue)
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
