"""Do two warehouses hold the same rows? Every table and view of one against that of the other.

    python -m benchmarks.same_tables BEFORE.duckdb AFTER.duckdb [MORE_BEFORE.duckdb MORE_AFTER.duckdb ...]

Build both from the same files with two versions of the code. The comparison ignores the order of rows and what every
run writes anew: run ids, times, speeds and places on the disk (`same_tables.yml`, each with its reason). Differences
that a change means to make are listed there too, each with its reason; any other difference makes the exit code 1.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import duckdb
import yaml

from benchmarks.setting import ROOT, machine, write_result
from warehouse.sql import identifier

RULES: dict[str, dict[str, str]] = yaml.safe_load((ROOT / "same_tables.yml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Difference:
    """What differs in a table, and the reason where it is meant."""

    table: str
    what: str
    reason: str | None


def compare(before: Path, after: Path) -> tuple[int, list[Difference]]:
    """Return the number of tables and views in either warehouse, and those that differ."""
    with duckdb.connect(str(before), read_only=True) as first, duckdb.connect(str(after), read_only=True) as second:
        columns = _columns(first), _columns(second)
        tables = sorted({*columns[0], *columns[1]})
        described = {t: _describe(first, second, t, *(side.get(t) for side in columns)) for t in tables}
    return len(tables), [Difference(t, what, _match("meant", t)) for t, what in described.items() if what]


def _columns(con: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """Return type by column that counts, by table."""
    rows = con.execute(
        """
        select schema_name || '.' || table_name, column_name, data_type from duckdb_columns()
        where not internal order by column_index
        """
    ).fetchall()
    tables: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        counted = tables.setdefault(table, {})
        if kind != "TIMESTAMP WITH TIME ZONE" and _match("ignored", f"{table}.{column}") is None:
            counted[column] = kind
    return tables


def _hashes(con: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str]) -> dict[str, Any]:
    """Return the number of rows, and a hash of them as a set: of whole rows, and of each column alone."""
    values = {name: _value(name, kind) for name, kind in columns.items()}
    hashes = {"rows": f"row({', '.join(values.values()) or 'true'})"} | values
    sums = ", ".join(f"sum(hash({value}))::varchar" for value in hashes.values())
    found = con.execute(f"select count(*), {sums} from {table}").fetchone()
    assert found is not None
    return dict(zip(["count", *hashes], found, strict=True))


def _value(name: str, kind: str) -> str:
    """Return a column as it is hashed; the last digits of a float vary with the order in which rows are added up."""
    return f"round({identifier(name)}, 12)" if kind in ("DOUBLE", "FLOAT") else identifier(name)


def _describe(
    first: duckdb.DuckDBPyConnection, second: duckdb.DuckDBPyConnection, table: str, *sides: dict[str, str] | None
) -> str | None:
    """Return what differs in a table, in words; None where nothing does."""
    if sides[0] is None or sides[1] is None:
        return "is new" if sides[0] is None else "is gone"
    common = dict(item for item in sides[0].items() if item in sides[1].items())
    changed = sorted({name for name, _ in {*sides[0].items()} ^ {*sides[1].items()}})
    said = []
    if changed:
        said.append(f"columns that are new, gone or of another type: {', '.join(changed)}")
    elif [*sides[0]] != [*sides[1]]:
        said.append("order of columns")
    before, after = _hashes(first, table, common), _hashes(second, table, common)
    if before["count"] != after["count"]:
        said.append(f"{before['count']:,} rows before, {after['count']:,} after")
        if lost := _lost(first, second, table, common):
            said.append(f"{lost:,} rows before are not there after")
    elif before != after:
        values = [name for name in common if before[name] != after[name]]
        said.append(f"values of {', '.join(values) or 'columns, other pairs of them'}")
    return "; ".join(said) or None


def _lost(
    first: duckdb.DuckDBPyConnection, second: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str]
) -> int:
    """Return how many rows of the first table the second does not have as often."""
    row = f"select hash(row({', '.join(_value(name, kind) for name, kind in columns.items()) or 'true'})) as h"
    with duckdb.connect() as con:
        for name, side in (("before", first), ("after", second)):
            con.register(name, side.sql(f"{row} from {table}").to_arrow_table())
        found = con.sql("select count(*) from (from before except all from after)").fetchone()
    assert found is not None
    return int(found[0])


def _match(kind: str, name: str) -> str | None:
    return next((reason for pattern, reason in RULES[kind].items() if fnmatchcase(name, pattern)), None)


def main(paths: list[Path]) -> int:
    """Compare pairs of warehouses; return 1 where a difference is not meant."""
    results, failed = [], False
    for before, after in zip(paths[::2], paths[1::2], strict=True):
        n_tables, differences = compare(before, after)
        failed |= any(difference.reason is None for difference in differences)
        print(f"{after.name}: {n_tables} tables and views, {len(differences)} differ")
        for difference in differences:
            print(f"  {difference.table}: {difference.what}; {difference.reason or 'NOT MEANT'}")
        results.append({"warehouse": after.stem, "tables": n_tables, "differences": [asdict(d) for d in differences]})
    write_result("same_tables", {"machine": machine(), "warehouses": results})
    return int(failed)


if __name__ == "__main__":
    sys.exit(main([Path(argument) for argument in sys.argv[1:]]))
