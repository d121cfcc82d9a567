"""Work in progress on disk: the list of the items to score, and a Parquet shard of results for each part of it.

A shard is written under another name and then renamed: one that is there is whole, whatever happened meanwhile.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.errors import LockedError, SourceError
from warehouse.files import replacing

ITEMS_FILE = "items.parquet"
PROVIDERS = b"providers"
"""Key of a shard's metadata: onnxruntime's execution providers that ran."""
_LOCK_FILE, _RUN_FILE = "lock", "run"


@contextmanager
def opened(folder: Path) -> Iterator[None]:
    """Make a folder for this process alone, and leave it empty or with the work that is in it.

    Raises
    ------
    LockedError
        Another process is at the same work.
    SourceError
        It cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / _LOCK_FILE).open("w")
    except OSError:
        raise SourceError(
            "cannot be written", where=folder, fix="Check that its folder exists and is writable"
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # gone with the process, however it ends
        except OSError:
            raise LockedError("is being scored by another process", where=folder, fix="Wait for it") from None
        for partial in folder.glob("*.partial"):
            partial.unlink()
        try:
            yield
        finally:
            if not shards(folder):
                remove(folder)


def remove(folder: Path) -> None:
    """Remove a spool."""
    shutil.rmtree(folder, ignore_errors=True)


def keep_shards_of(folder: Path, run: str) -> None:
    """Remove the shards that are not of this run or that are damaged, and note that those to come are of it."""
    noted = folder / _RUN_FILE
    is_other = not noted.exists() or noted.read_text() != run
    for shard in shards(folder):
        if is_other or read_shard(shard) is None:
            shard.unlink()
    noted.write_text(run)


def write_items(folder: Path, schema: pa.Schema, parts: Iterable[pa.Table]) -> int:
    """Write the list of items, in place of an earlier one; each part will be a shard. Return how many there are."""
    n = 0
    with replacing(folder / ITEMS_FILE) as partial, pq.ParquetWriter(partial, schema, compression="zstd") as writer:
        for part in parts:
            if part.num_rows:
                writer.write_table(part.cast(schema), row_group_size=part.num_rows)
                n += part.num_rows
    return n


def unscored(folder: Path) -> Iterator[tuple[int, pa.Table]]:
    """Yield number and rows of each part of the list that has no shard."""
    with pq.ParquetFile(folder / ITEMS_FILE) as items:
        for number in range(items.num_row_groups):
            if not _shard(folder, number).exists():
                yield number, items.read_row_group(number)


def write_shard(folder: Path, number: int, results: pa.Table) -> None:
    """Write the results of a part, whole or not at all."""
    with replacing(_shard(folder, number)) as partial, partial.open("wb") as file:
        pq.write_table(results, file, compression="zstd")
        file.flush()
        os.fsync(file.fileno())


def read_shard(path: Path) -> pa.Table | None:
    """Return the results of a part; None where a failing disk has damaged them."""
    try:
        with pq.ParquetFile(path) as shard:
            return shard.read()
    except (pa.ArrowException, OSError):
        return None


def providers(path: Path) -> set[str]:
    """Return the execution providers that made a shard."""
    return set((pq.read_schema(path).metadata or {})[PROVIDERS].decode().split(","))


def shards(folder: Path) -> list[Path]:
    """Return the shards that are there, in the order of the list."""
    return sorted(folder.glob("shard-*.parquet"))


def count(paths: Iterable[Path]) -> int:
    """Return how many items shards hold."""
    return sum(pq.read_metadata(path).num_rows for path in paths)


def _shard(folder: Path, number: int) -> Path:
    return folder / f"shard-{number:08d}.parquet"
