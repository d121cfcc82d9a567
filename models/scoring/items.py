"""The reports and images of a warehouse that are to be scored, with what tells that one has changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from models.network.image_files import locate
from models.network.manifest import Manifest
from warehouse.errors import ConfigError, SourceError, WarehouseError
from warehouse.splits import SPLIT_RULE
from warehouse.sql import values

ALL = ""
"""Key of the folder that holds the images of every data set."""


@dataclass(frozen=True)
class Listed:
    """Relations over a warehouse's items, by name; they are there while the list is open.

    Attributes
    ----------
    items : str
        The wanted ones: dataset, item_id, split, and of reports text_hash and text, of images bytes, modified_ns and
        file, which is null where there is none.
    known : str
        All there are: dataset, item_id.
    """

    items: str = "listed_item"
    known: str = "listed_known"


@contextmanager
def _listed(con: duckdb.DuckDBPyConnection, items: str, known: str) -> Iterator[Listed]:
    """Keep the rows of two queries while the block runs."""
    listed = Listed()
    try:
        con.execute(f"create or replace temp table {listed.items} as {items}")
        con.execute(f"create or replace temp table {listed.known} as {known}")
        yield listed
    finally:
        con.execute(f"drop table if exists {listed.items}")
        con.execute(f"drop table if exists {listed.known}")


@contextmanager
def list_reports(con: duckdb.DuckDBPyConnection, manifest: Manifest, wanted: Sequence[str]) -> Iterator[Listed]:
    """List the reports of the wanted data sets, and all there are, while the block runs.

    Raises
    ------
    WarehouseError
        No such data set.
    """
    _require_datasets(con, "raw.report", wanted)
    with _listed(
        con,
        f"select dataset, study_id as item_id, {_split(manifest)} as split, text_hash, text"
        f" from nlp.label_source_text where {_is_wanted(wanted)}",
        "select dataset, study_id as item_id from raw.report where language = 'en'",
    ) as listed:
        yield listed


@contextmanager
def list_images(
    con: duckdb.DuckDBPyConnection, manifest: Manifest, wanted: Sequence[str], folders: Mapping[str, Path]
) -> Iterator[Listed]:
    """List the images of the wanted data sets, and all there are, while the block runs.

    Parameters
    ----------
    folders : mapping
        Folder of images by data set; that of `ALL` holds the others. Without a list of data sets those count of which
        a folder holds at least one image.

    Raises
    ------
    ConfigError
        No folder is named, or one is not there.
    SourceError
        No image of a data set is below its folder.
    """
    con.register("_found", _find_images(con, manifest, wanted, folders))
    try:
        with _listed(con, "from _found", "select dataset, image_id as item_id from raw.image") as listed:
            yield listed
    finally:
        con.unregister("_found")


def fingerprint(file: str | Path | None) -> tuple[int | None, int | None]:
    """Return size and time of modification (ns) of a file, by which a changed one is known; None of one not there."""
    try:
        status = Path(file).stat() if file is not None else None
    except (OSError, ValueError):  # a path may hold what no system takes
        status = None
    return (status.st_size, status.st_mtime_ns) if status else (None, None)


def parts(con: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[object], size: int) -> Iterator[pa.Table]:
    """Yield the rows of a query as tables of ``size`` rows."""
    found = con.execute(query, parameters)
    names = [column[0] for column in found.description]
    types = {"text_hash": pa.int64(), "bytes": pa.int64(), "modified_ns": pa.int64()}
    while rows := found.fetchmany(size):
        columns = zip(*rows, strict=True)
        yield pa.table(
            {name: pa.array(values, types.get(name, pa.string())) for name, values in zip(names, columns, strict=True)}
        )


def _find_images(
    con: duckdb.DuckDBPyConnection, manifest: Manifest, wanted: Sequence[str], folders: Mapping[str, Path]
) -> pa.Table:
    """Return the images with their files, as `list_images` lists them."""
    if not folders:
        raise ConfigError("no folder of images", fix="Name it with --images DIR or --images DATASET=DIR")
    if missing := [folder for folder in folders.values() if not folder.is_dir()]:
        raise ConfigError("there is no such folder", where=missing[0], fix="Check --images")
    named = [name for name in folders if name != ALL]
    _require_datasets(con, "raw.image", [*wanted, *named])
    chosen = list(wanted) or ([] if ALL in folders else named)
    rows = con.execute(
        f"""
        select distinct on (dataset, image_id)
            dataset, image_id as item_id, {_split(manifest)} as split, path
        from raw.image where {_is_wanted(chosen)} order by dataset, image_id, path
        """
    ).to_arrow_table()
    found = []
    for dataset in rows["dataset"].unique().to_pylist():
        folder = folders.get(dataset, folders.get(ALL))
        if folder is None:
            raise ConfigError(f"no folder of the images of '{dataset}'", fix=f"Add --images {dataset}=DIR")
        part = rows.filter(pa.compute.equal(rows["dataset"], dataset))
        files = locate(folder, part["path"].to_pylist())
        if any(files):
            found.append(_with_files(part.drop_columns("path"), files))
        elif dataset in (*wanted, *named):
            raise SourceError(f"none of the {len(files)} images of '{dataset}' is here", where=folder)
    if rows.num_rows and not found:
        raise SourceError("no image of the warehouse is here", where=next(iter(folders.values())))
    return pa.concat_tables(found) if found else _with_files(rows.drop_columns("path"), [])


def _with_files(rows: pa.Table, files: Sequence[Path | None]) -> pa.Table:
    names = [None if file is None else str(file.absolute()) for file in files]
    prints = [fingerprint(name) for name in names]
    for i, name in enumerate(("bytes", "modified_ns")):
        rows = rows.append_column(name, pa.array([found[i] for found in prints], pa.int64()))
    return rows.append_column("file", pa.array(names, pa.string()))


def _split(manifest: Manifest) -> str:
    """Return the SQL of the split that an item was in where the network was made from its data set."""
    data = manifest.training_data
    if data is None or data.split_rule != SPLIT_RULE:
        return "null::varchar"
    return f"if({_is_wanted(data.datasets)}, raw.patient_split(dataset, coalesce(patient_id, study_id)), null)"


def _is_wanted(wanted: Sequence[str]) -> str:
    return f"dataset in {values(wanted)}" if wanted else "true"


def _require_datasets(con: duckdb.DuckDBPyConnection, view: str, wanted: Sequence[str]) -> None:
    if not wanted:
        return
    there = [name for (name,) in con.execute(f"select distinct dataset from {view} order by all").fetchall()]
    if unknown := [name for name in wanted if name not in there]:
        raise WarehouseError(f"no data set '{unknown[0]}'", where=view, fix=f"There are: {', '.join(there) or 'none'}")
