"""The files of a release against the hashes that it publishes, a file at a time and resumable.

A release of 377,110 images takes hours to hash. What was hashed stays in ``raw.file_checksum`` with size and time of
change, so that a second run hashes only files that are new, changed, or were not reached.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from warehouse import pool, runs, schema
from warehouse.connection import transaction
from warehouse.errors import SourceError
from warehouse.progress import Progress, silent
from warehouse.sources.reading.fingerprints import Fingerprint

SUMS = "SHA256SUMS.txt"
_LINE = re.compile(r"([0-9A-Fa-f]{64})[ \t]+\*?(?:\./)?(.+?)[\r\n]*")
_BATCH = 50_000
_COMMIT_BYTES = 1 << 30
"""Hashed between two commits: what a kill loses."""
_LEFT_BY_DOWNLOADS = re.compile(r"(?:^|/)(?:\.[^/]*|index\.html[^/]*|robots\.txt[^/]*)$")

_PLAN = """
create or replace temp table _plan as
select
    coalesce(listed.path, present.path) as path, listed.sha256 as sha256_published, present.bytes, present.modified_ns,
    coalesce(known.sha256, former.sha256) as sha256,
    if(known.sha256 is null, former.verified_at, $now::timestamptz) as verified_at
from _listed as listed
full outer join _present as present using (path)
left join _known as known on known.path = present.path
left join raw.file_checksum as former
    on former.source = $source and former.path = present.path and former.bytes = present.bytes
    and former.modified_ns = present.modified_ns
"""
_STORE = """
insert into raw.file_checksum by name
select
    $source as source, path,
    case
        when bytes is null then 'missing'
        when sha256_published is null then 'unlisted'
        when sha256 = sha256_published then 'match'
        else 'differs'
    end as status,
    sha256_published, sha256, bytes, modified_ns, verified_at
from _plan
where bytes is null or sha256_published is null or sha256 is not null
"""


@dataclass(frozen=True)
class ChecksumResult:
    """What a verification found.

    Attributes
    ----------
    n_hashed : int
        Files hashed by this run; the others were hashed by an earlier one, or by the load.
    counts : dict
        Files by status and kind (name of a file at the top, suffix of one below), e.g. ``{"missing": {".dcm": 2}}``.
    differing : list of str
        Files that differ from their published hash, or cannot be read.
    """

    n_hashed: int
    counts: dict[str, dict[str, int]]
    differing: list[str] = field(default_factory=list)


def verify_release(
    con: duckdb.DuckDBPyConnection,
    source: str,
    folder: Path,
    known: Iterable[Fingerprint] = (),
    *,
    threads: int = 1,
    progress: Progress | None = None,
) -> ChecksumResult:
    """Check the files of a release's folder against its SHA256SUMS.txt.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A warehouse open for writing; rows go to ``raw.file_checksum``.
    source : str
        Name of the source, for the rows.
    folder : Path
        Folder that holds SHA256SUMS.txt.
    known : iterable of Fingerprint
        Files that the load has hashed just now.
    threads : int
        Files hashed at a time; hashing does not hold Python's lock.

    Raises
    ------
    SourceError
        There is no SHA256SUMS.txt, or it is not a list of hashes.
    """
    report = progress or silent
    now = datetime.now(UTC)
    hashed = {f.path.relative_to(folder).as_posix(): f.sha256 for f in known if f.path.is_file() and f.sha256}
    _register(con, "_listed", _listed(folder / SUMS), pa.schema({"path": pa.string(), "sha256": pa.string()}))
    _register(con, "_known", iter(hashed.items()), pa.schema({"path": pa.string(), "sha256": pa.string()}))
    present = pa.schema({"path": pa.string(), "bytes": pa.int64(), "modified_ns": pa.int64()})
    _register(con, "_present", _files(folder), present)
    con.execute(_PLAN, {"source": source, "now": now})
    with transaction(con):
        con.execute("delete from raw.file_checksum where source = ?", [source])
        con.execute(_STORE, {"source": source})
    todo = con.execute(
        "select path, sha256_published, bytes, modified_ns from _plan"
        " where bytes is not null and sha256_published is not null and sha256 is null order by path"
    ).fetchall()
    for name in ("_plan", "_listed", "_known", "_present"):
        con.execute(f"drop table temp.{name}")
    _hash(con, source, folder, todo, threads, report)
    return _result(con, source, len(todo))


def _register(
    con: duckdb.DuckDBPyConnection, name: str, rows: Iterator[tuple[object, ...]], columns: pa.Schema
) -> None:
    con.register("_empty", columns.empty_table())
    con.execute(f"create or replace temp table {name} as from _empty")
    con.unregister("_empty")
    while batch := [row for row, _ in zip(rows, range(_BATCH), strict=False)]:
        arrays = [pa.array(column, field.type) for column, field in zip(zip(*batch, strict=True), columns, strict=True)]
        con.register("_batch", pa.table(arrays, schema=columns))
        con.execute(f"insert into {name} from _batch")
        con.unregister("_batch")


def _listed(sums: Path) -> Iterator[tuple[str, str]]:
    if not sums.is_file():
        raise SourceError(f"{SUMS} is not there", where=sums.parent, fix="Get it from the page of the release")
    seen: set[str] = set()
    with sums.open(encoding="utf-8", errors="replace", newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            found = _LINE.fullmatch(line)
            if found is None:
                if not line.strip():
                    continue
                raise SourceError(f"line {number} is not a hash and a path", where=sums, fix="Get the file again")
            if found[2] not in seen:
                seen.add(found[2])
                yield found[2], found[1].lower()


def _files(folder: Path) -> Iterator[tuple[str, int, int]]:
    """Yield path, size and time of change of every file under a folder; links are followed."""
    waiting = deque([("", folder)])
    visited = {folder.resolve()}
    while waiting:
        prefix, place = waiting.popleft()
        with os.scandir(place) as entries:
            for entry in entries:
                path = prefix + entry.name
                if entry.is_dir():
                    if entry.is_symlink():
                        target = Path(entry.path).resolve()
                        if target in visited:
                            continue
                        visited.add(target)
                    waiting.append((path + "/", Path(entry.path)))
                elif path != SUMS and not _LEFT_BY_DOWNLOADS.search(path) and entry.is_file():
                    status = entry.stat()
                    yield path, status.st_size, status.st_mtime_ns


def _hash(
    con: duckdb.DuckDBPyConnection,
    source: str,
    folder: Path,
    todo: list[tuple[str, str, int, int]],
    threads: int,
    report: Progress,
) -> None:
    """Hash files in a pool, in order, and commit them after every gibibyte."""
    rows: list[dict[str, object]] = []
    n_bytes = 0
    found = pool.map_threads(_sha256, (folder / path for path, *_ in todo), threads=threads)
    try:
        for done, ((path, published, size, modified_ns), sha256) in enumerate(zip(todo, found, strict=True), 1):
            status = "unreadable" if sha256 is None else "match" if sha256 == published else "differs"
            rows.append(
                {
                    "source": source, "path": path, "status": status, "sha256_published": published,
                    "sha256": sha256, "bytes": size, "modified_ns": modified_ns, "verified_at": datetime.now(UTC),
                }
            )  # fmt: skip
            n_bytes += size
            if n_bytes >= _COMMIT_BYTES:
                schema.append(con, schema.loads.FileChecksum, pa.Table.from_pylist(rows))
                rows, n_bytes = [], 0
            report("verify files", done, len(todo))
    finally:  # an interrupt, too, keeps what was hashed
        if rows:
            schema.append(con, schema.loads.FileChecksum, pa.Table.from_pylist(rows))


def _sha256(path: Path) -> str | None:
    try:
        return runs.fingerprint(path)
    except OSError:
        return None


def _result(con: duckdb.DuckDBPyConnection, source: str, n_hashed: int) -> ChecksumResult:
    counted = con.execute(
        r"select status, if(contains(path, '/'), regexp_extract(path, '[^/.]+((\.[^/.]+)*)$', 1), path), count(*)"
        " from raw.file_checksum where source = ? group by all order by all",
        [source],
    ).fetchall()
    counts: dict[str, dict[str, int]] = {}
    for status, kind, n in counted:
        counts.setdefault(status, {})[kind] = n
    differing = con.execute(
        "select path from raw.file_checksum where source = ? and status in ('differs', 'unreadable') order by 1",
        [source],
    ).fetchall()
    return ChecksumResult(n_hashed, counts, [path for (path,) in differing])
