"""``cxr load``: a data set into the warehouse, with what could not be loaded and what differs from its hash."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app import console
from app.options import AsJson, Warehouse
from warehouse.config import Settings, load_settings
from warehouse.errors import ConfigError

if TYPE_CHECKING:
    from warehouse.checksums import ChecksumResult
    from warehouse.sources import LoadResult


def load(
    source: Annotated[str, typer.Argument(help="Data set as 'cxr sources' names it, e.g. openi or mimic-cxr.")],
    path: Annotated[
        Path | None, typer.Argument(help="Folder of the release.", show_default="the installed public tables")
    ] = None,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Check the files against SHA256SUMS.txt, into raw.file_checksum; resumable."),
    ] = False,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Load a data set into raw.*; loading the same files again changes nothing.

    'cxr load parquet DIR' restores what 'cxr export parquet DIR' wrote. Exit code 1 when a file could not be loaded or
    differs from its published hash; the others are loaded.
    """
    run(load_settings(warehouse=warehouse), source, path, verify=verify, as_json=as_json)


def run(settings: Settings, name: str, path: Path | None, *, verify: bool, as_json: bool) -> None:
    """Load a source and print what came of it; exit code 1 when a file could not be loaded, or differs."""
    if name == "parquet":
        _restore(settings, path, as_json)
        return
    from warehouse import sources
    from warehouse.checksums import verify_release
    from warehouse.connection import writing

    source = sources.get(name)
    source.locate(path, settings)  # a wrong path leaves no warehouse behind
    checked = None
    with console.progress() as progress, writing(settings.warehouse, settings) as con:
        loaded = sources.load_source(con, source, path, settings, progress)
        if verify:
            folder = source.folder(path, settings)
            checked = verify_release(
                con, source.name, folder, loaded.fingerprints, threads=settings.threads, progress=progress
            )
    if as_json:
        console.emit_json(asdict(loaded) | ({"verified": asdict(checked)} if checked else {}))
    else:
        _show(source.name, loaded)
        if checked:
            _show_checksums(checked)
    for fault in loaded.faults:
        console.error(fault)
    for file in checked.differing if checked else []:
        console.error(f"{file}: differs from its published hash. Get it again")
    if loaded.faults or (checked and checked.differing):
        raise typer.Exit(1)


def _show(name: str, loaded: LoadResult) -> None:
    console.table(f"{name}: {loaded.status}", ["table", "rows"], list(loaded.rows.items()))
    for part in loaded.missing:
        console.say(f"Not there, so not loaded: {part}")
    if loaded.n_rejected:
        console.say(f"{loaded.n_rejected:,} items were rejected: select * from raw.rejected where source = '{name}'")
    if loaded.n_odd:
        console.say(f"{loaded.n_odd:,} values did not fit their column's type: see raw.odd_value")


def _show_checksums(checked: ChecksumResult) -> None:
    rows = [(status, kind, n) for status, kinds in checked.counts.items() for kind, n in kinds.items()]
    console.table(f"Files against SHA256SUMS.txt, {checked.n_hashed:,} hashed now", ["status", "kind", "files"], rows)


def _restore(settings: Settings, path: Path | None, as_json: bool) -> None:
    from warehouse.connection import writing
    from warehouse.parquet import load_parquet

    if path is None:
        raise ConfigError("'parquet' needs the folder that 'cxr export parquet' wrote")
    with console.progress() as progress, writing(settings.warehouse, settings) as con:
        result = load_parquet(con, path, progress)
    if as_json:
        console.emit_json(asdict(result))
        return
    console.table(f"parquet: {result.status}", ["table", "rows"], list(result.rows.items()))
    for name in result.left_out:
        console.say(f"Left out, for this version does not have it: {name}")
    console.say("Marts are not part of an export: 'cxr build' makes them again.")
