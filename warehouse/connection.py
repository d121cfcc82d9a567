"""Connections to the warehouse file: one writer, any number of readers when nobody writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse.config import Settings, load_settings
from warehouse.errors import LockedError, WarehouseError

# The warehouse works offline: nothing is fetched behind the user's back.
_OFFLINE = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}


def _connect(path: Path, *, read_only: bool, config: dict[str, str]) -> duckdb.DuckDBPyConnection:
    try:
        con = duckdb.connect(str(path), read_only=read_only, config=_OFFLINE | config)
    except duckdb.IOException as error:
        if "lock" in str(error).lower():
            raise LockedError(
                "the warehouse is in use by another process", where=path, fix="Wait for it or close it, then try again"
            ) from None
        if "not a valid DuckDB" in str(error) or "serialization" in str(error).lower():
            raise WarehouseError(
                "not a warehouse that this DuckDB version reads",
                where=path,
                fix="Check --warehouse, or rebuild it with 'cxr run'",
            ) from None
        raise WarehouseError(
            "cannot be opened", where=path, fix="Check that the folder exists and is writable"
        ) from None
    except (duckdb.CatalogException, duckdb.BinderException):  # it takes a CSV or JSON file for a table to query
        raise WarehouseError("not a DuckDB file", where=path, fix="Check --warehouse") from None
    con.execute("set enable_progress_bar = false")  # DuckDB's own writes to standard output, where JSON may be
    return con


def _limits(settings: Settings) -> dict[str, str]:
    return {"threads": str(settings.threads), "memory_limit": settings.memory_limit}


def _require(path: Path) -> None:
    if not path.exists():
        raise WarehouseError(
            "there is no warehouse here", where=path, fix="Run 'cxr demo' or 'cxr load', or name one with --warehouse"
        )


def connect(warehouse: str | Path | None = None, *, read_only: bool = True) -> duckdb.DuckDBPyConnection:
    """Open a warehouse that is there; close it, or use it in a ``with`` block.

    Parameters
    ----------
    warehouse : str or Path, optional
        The DuckDB file; default: the setting ``warehouse``.
    read_only : bool
        False to write tables of your own; nobody else can open the warehouse meanwhile.

    Raises
    ------
    WarehouseError
        There is no warehouse, or the file is not one.
    LockedError
        Another process holds it.

    Examples
    --------
    >>> import cxr, duckdb
    >>> with duckdb.connect("small.duckdb") as con:
    ...     _ = con.execute("create table reports as select 'No edema.' as text")
    >>> with cxr.connect("small.duckdb") as con:
    ...     con.sql("select text from reports").fetchall()
    [('No edema.',)]
    """
    settings = load_settings(warehouse=warehouse)
    _require(settings.warehouse)
    return _connect(settings.warehouse, read_only=read_only, config=_limits(settings))


@contextmanager
def writing(
    path: Path, settings: Settings | None = None, *, create: bool = True
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse for writing, creating the schemas, tables and views that are missing.

    A file that this call created is removed again when the block fails, so that a mistake leaves nothing behind.

    Parameters
    ----------
    path : Path
    settings : Settings, optional
    create : bool
        Create the file when it is missing, as the first load does; other stages need one that is there.

    Raises
    ------
    LockedError
        Another process holds the file.
    WarehouseError
        The file is missing, is not a DuckDB file, or the folder does not exist.
    """
    settings = settings or load_settings()
    if not create:
        _require(path)
    is_new = not path.exists()
    config = _limits(settings) | {"preserve_insertion_order": "false"}
    con = _connect(path, read_only=False, config=config)
    try:
        from warehouse import schema  # here: its imports take longer than a reader needs for a query

        schema.create_all(con)
        yield con
    except BaseException:
        con.close()
        if is_new and not _has_runs(path):
            path.unlink(missing_ok=True)
            path.with_name(path.name + ".wal").unlink(missing_ok=True)
        raise
    else:
        con.close()


def _has_runs(path: Path) -> bool:
    from warehouse.schema import RUN_TABLES

    with duckdb.connect(str(path), read_only=True) as con:
        return any(con.sql(f"select 1 from {table} limit 1").fetchone() for table in RUN_TABLES)


@contextmanager
def read_only(path: Path, settings: Settings | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an existing warehouse for reading, within the settings' limits if there are any.

    Raises
    ------
    WarehouseError
        There is no such file, or it is no warehouse of this version: the block asked for a table, view or macro that it
        does not have.
    """
    _require(path)
    con = _connect(path, read_only=True, config=_limits(settings) if settings else {})
    try:
        yield con
    except duckdb.CatalogException as error:  # names a table or function, never a value
        raise WarehouseError(
            f"lacks what this version reads: {str(error).splitlines()[0].removeprefix('Catalog Error: ').rstrip('!')}",
            where=path,
            fix="Run 'cxr build': it brings a warehouse of an earlier version up to date",
        ) from None
    finally:
        con.close()


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Keep what the block writes, or nothing of it."""
    con.begin()
    try:
        yield
        con.commit()
    except BaseException:
        con.rollback()
        raise


@contextmanager
def untrusted(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open for queries from outside: read-only, no files, no network, no settings that could undo that."""
    with read_only(path) as con:
        con.execute("set enable_external_access = false")
        con.execute("set lock_configuration = true")
        yield con
