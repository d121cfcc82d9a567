"""The warehouse as Parquet files that any later version reads, and back.

A folder holds a folder for each table (``nlp/mention``; where the table has that column, ``nlp/mention/dataset=openi``)
with files of at most about 256 MB, and ``manifest.json``: every table with comment, grain, columns, rows and files,
every file with its hash. Each file repeats its table's description in its key-value metadata (``cxr``). Marts are left
out: `cxr build` makes them again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb

from warehouse import runs, schema
from warehouse.connection import transaction
from warehouse.errors import SourceError, WarehouseError
from warehouse.files import new_folder
from warehouse.progress import Progress, silent
from warehouse.sql import identifier, literal

FORMAT = 1
MANIFEST = "manifest.json"
FILE_SIZE = "256MB"


@dataclass(frozen=True)
class ParquetResult:
    """What an export or a restoration did.

    Attributes
    ----------
    status : str
        ``exported``; ``loaded``; ``unchanged`` where the warehouse holds these very rows already.
    rows : dict
        Rows by table, of the tables that have any.
    n_files, n_bytes : int
        Parquet files and their size.
    left_out : list of str
        Tables and columns of a later version that this version does not have.
    """

    status: str
    rows: dict[str, int]
    n_files: int
    n_bytes: int
    left_out: list[str]


def export_parquet(con: duckdb.DuckDBPyConnection, target: Path, progress: Progress | None = None) -> ParquetResult:
    """Write every landing table of the warehouse into a new folder, whole or not at all.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A warehouse; all tables are of one moment.
    target : Path
        Folder to make. It will hold the text of the reports.

    Raises
    ------
    ConfigError
        The folder is there already, or cannot be written.
    """
    report = progress or silent
    tables = [table for table in schema.tables() if _columns(con, table)]
    with new_folder(target) as folder, transaction(con):
        described = []
        for i, table in enumerate(tables):
            report("export tables", i, len(tables))
            described.append(_export(con, table, folder))
        report("export tables", len(tables), len(tables))
        manifest = {
            "format": FORMAT,
            "product": "cxr-warehouse",
            "product_version": runs.product_version(),
            "duckdb_version": duckdb.__version__,
            "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "tables": described,
        }
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    files = [file for table in described for file in table["files"]]
    rows = {table["name"]: table["rows"] for table in described if table["rows"]}
    return ParquetResult("exported", rows, len(files), sum(file["bytes"] for file in files), [])


def _export(con: duckdb.DuckDBPyConnection, table: type[schema.Table], folder: Path) -> dict[str, Any]:
    name = schema.qualified(table)
    present = _columns(con, table)
    columns = schema.sql_table(table).columns
    described: dict[str, Any] = {
        "name": name,
        "comment": " ".join((table.__doc__ or "").split()),
        "grain": schema.grain(table),
        "columns": [
            {"name": c.name, "type": schema.column_types(table)[c.name], "comment": c.comment}
            for c in columns
            if c.name in present
        ],
    }
    metadata = described | {"product_version": runs.product_version(), "format": FORMAT}
    files = []
    for place, condition in _partitions(con, name, present):
        part = folder / place
        part.mkdir(parents=True)
        con.execute(
            f"copy (select {', '.join(map(identifier, present))} from {name} where {condition}) to {literal(str(part))}"
            f" (format parquet, compression zstd, file_size_bytes '{FILE_SIZE}', overwrite_or_ignore,"
            f" kv_metadata {{cxr: {literal(json.dumps(metadata))}}})"
        )
        for path in sorted(part.iterdir()):
            relative = path.relative_to(folder).as_posix()
            files.append({"path": relative, "bytes": path.stat().st_size, "sha256": runs.fingerprint(path)})
    return described | {"rows": _one(con, f"select count(*) from {name}"), "files": files}


def _partitions(con: duckdb.DuckDBPyConnection, name: str, present: list[str]) -> Iterator[tuple[str, str]]:
    """Yield folder and condition for each part of a table that has rows."""
    place = name.replace(".", "/")
    if "dataset" not in present:
        if _one(con, f"select count(*) from (from {name} limit 1)"):
            yield place, "true"
        return
    for (dataset,) in con.execute(f"select distinct dataset from {name} order by 1").fetchall():
        value = "null" if dataset is None else literal(dataset)
        part = "__HIVE_DEFAULT_PARTITION__" if dataset is None else quote(dataset, safe="")
        yield f"{place}/dataset={part}", f"dataset is not distinct from {value}"


def load_parquet(con: duckdb.DuckDBPyConnection, folder: Path, progress: Progress | None = None) -> ParquetResult:
    """Restore what `export_parquet` wrote, all of it or nothing.

    Columns that this version has and the export lacks are null. Restoring the same export again changes nothing.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A warehouse open for writing, new or empty.

    Raises
    ------
    SourceError
        The folder is no export, is of a later format, or a file is missing or differs from its hash.
    WarehouseError
        The warehouse holds other rows.
    """
    report = progress or silent
    manifest = _read_manifest(folder)
    described = [table for table in manifest["tables"] if table["files"]]
    files = [file for table in described for file in table["files"]]
    for i, file in enumerate(files):
        report("check files", i, len(files))
        _require_whole(folder, file)
    report("check files", len(files), len(files))
    known = {schema.qualified(table): table for table in schema.tables()}
    restored = [table for table in described if table["name"] in known]
    left_out = [table["name"] for table in described if table["name"] not in known]
    rows = {table["name"]: int(table["rows"]) for table in restored}
    n_bytes = sum(file["bytes"] for file in files)
    status = "loaded"
    with transaction(con):
        if held := [name for name in known if _one(con, f"select count(*) from (from {name} limit 1)")]:
            if set(held) != set(rows) or not all(_is_same(con, known[t["name"]], t, folder) for t in restored):
                raise WarehouseError(
                    f"holds rows already ({', '.join(held[:3])}{', ...' if len(held) > 3 else ''})",
                    where="warehouse",
                    fix="Restore into a new file: name one with --warehouse",
                )
            status = "unchanged"
        for i, table in enumerate(restored):
            report("restore tables", i, len(restored))
            kept, dropped = _split_columns(known[table["name"]], table)
            left_out += [f"{table['name']}.{column}" for column in dropped]
            if status == "loaded":
                con.execute(
                    f"insert into {table['name']} by name select {', '.join(map(identifier, kept))}"
                    f" from {_reading(folder, table)}"
                )
                _require_count(con, table)
        report("restore tables", len(restored), len(restored))
    return ParquetResult(status, rows, len(files), n_bytes, left_out)


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if manifest["product"] != "cxr-warehouse" or not isinstance(manifest["tables"], list):
            raise KeyError
    except OSError:
        raise SourceError(
            f"{MANIFEST} is not there", where=folder, fix="Name a folder that 'cxr export parquet' wrote"
        ) from None
    except (ValueError, KeyError, TypeError):
        raise SourceError(
            "is not the manifest of an export", where=path, fix="Name a folder that 'cxr export parquet' wrote"
        ) from None
    if manifest["format"] > FORMAT:
        raise SourceError(
            f"is of format {manifest['format']}, this version reads up to {FORMAT}",
            where=path,
            fix="Update cxr-warehouse",
        )
    return dict(manifest)


def _require_whole(folder: Path, file: dict[str, Any]) -> None:
    path = folder / file["path"]
    if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
        raise SourceError("is not there", where=path, fix="The export is not whole: get it again")
    if path.stat().st_size != file["bytes"] or runs.fingerprint(path) != file["sha256"]:
        raise SourceError("differs from its hash in the manifest", where=path, fix="The file is damaged: get it again")


def _split_columns(table: type[schema.Table], described: dict[str, Any]) -> tuple[list[str], list[str]]:
    types = schema.column_types(table)
    exported = [column["name"] for column in described["columns"]]
    return [name for name in exported if name in types], [name for name in exported if name not in types]


def _reading(folder: Path, described: dict[str, Any]) -> str:
    paths = ", ".join(literal(str(folder / file["path"])) for file in described["files"])
    return f"read_parquet([{paths}], hive_partitioning = false)"


def _is_same(
    con: duckdb.DuckDBPyConnection, table: type[schema.Table], described: dict[str, Any], folder: Path
) -> bool:
    kept, _ = _split_columns(table, described)
    types = schema.column_types(table)
    values = ", ".join(f"{identifier(name)}::{types[name]}" for name in kept)
    ours, theirs = (
        con.execute(f"select count(*), sum(hash({values})) from {relation}").fetchone()
        for relation in (described["name"], _reading(folder, described))
    )
    return bool(ours == theirs)


def _require_count(con: duckdb.DuckDBPyConnection, described: dict[str, Any]) -> None:
    if (found := _one(con, f"select count(*) from {described['name']}")) != described["rows"]:
        raise SourceError(
            f"has {found:,} rows, not {described['rows']:,}", where=described["name"], fix="Get the export again"
        )


def _columns(con: duckdb.DuckDBPyConnection, table: type[schema.Table]) -> list[str]:
    """Return the declared columns that the warehouse's table has: one of an earlier version may lack some."""
    schema_name, _, name = schema.qualified(table).partition(".")
    found = con.execute(
        "select column_name from duckdb_columns() where schema_name = ? and table_name = ? and not internal",
        [schema_name, name],
    ).fetchall()
    present = {column for (column,) in found}
    return [name for name in schema.column_types(table) if name in present]


def _one(con: duckdb.DuckDBPyConnection, query: str) -> int:
    row = con.execute(query).fetchone()
    return int(row[0]) if row else 0
