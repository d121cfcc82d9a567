"""Score a file of reports, or a folder or list of images, into a CSV file; no warehouse."""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import batched
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from models.network import image_files, pixels
from models.network.manifest import Manifest
from models.scoring import engine, spool
from models.scoring.engine import Options
from models.scoring.items import fingerprint
from models.scoring.warehouse import IMAGES_A_SHARD, REPORTS_A_SHARD
from warehouse import findings, report_files, runs
from warehouse.config import Settings
from warehouse.errors import SourceError, WarehouseError
from warehouse.files import replacing_text, require_other_file
from warehouse.progress import Progress
from warehouse.user_tables import cell, reading_table

IMAGE_COLUMNS = ("image", "path", "filename")
"""Columns of a list of images; the first that is there is read."""

N_NAMED = 5


@dataclass(frozen=True)
class ScoredFile:
    """What `score_report_file` or `score_image_file` did."""

    model: str
    version: str
    provider: str
    n_rows: int
    n_failures: int
    """Rows with empty scores: reports without text, images that cannot be read."""
    seconds: float
    failures: list[str] = field(default_factory=list)
    """The first of them, and why."""


def score_report_file(
    source: Path,
    target: Path,
    options: Options | None = None,
    *,
    settings: Settings,
    read_text: Callable[[str], str] = str,
    shard_size: int = REPORTS_A_SHARD,
    progress: Progress | None = None,
) -> ScoredFile:
    """Score a file of reports; write ``study_id`` and a column of probabilities for each finding.

    Parameters
    ----------
    source : Path
        Reports in any form that `warehouse.report_files.reading` takes.
    target : Path
        Columns ``study_id`` and the findings by display name; rows in the order of the source. A row without text
        has empty scores. It appears when it is complete; until then what was scored is in ``<target>.parts``, and a
        call that was killed is taken up from there. Embeddings go to ``<stem>.embeddings.parquet`` beside it.
    options : Options, optional
        Default: the network ``report_findings``.
    settings : Settings
    read_text : callable, optional
        From a report to the part of it that is scored, such as its findings and impression; default all of it.
    shard_size : int
        Reports a shard: what is lost at most when the process is killed.
    progress : callable, optional
        Called with a name for the step, the items done and the items to do.

    Raises
    ------
    ConfigError
        No such network, or it cannot run here.
    SourceError
        The source cannot be read or lacks a column, or the target cannot be written.
    """
    options = options or Options("report_findings")

    def listed() -> Iterator[dict[str, Any]]:
        with report_files.reading(source) as rows:
            for study_id, text in rows:
                yield {"item_id": study_id, "text": read_text(text)}

    return _score("report", "study_id", source, target, options, settings, listed(), shard_size, progress)


def score_image_file(
    source: Path,
    target: Path,
    options: Options | None = None,
    *,
    settings: Settings,
    shard_size: int = IMAGES_A_SHARD,
    progress: Progress | None = None,
) -> ScoredFile:
    """Score the images of a folder or a list; write ``image`` and a column of probabilities for each finding.

    Parameters
    ----------
    source : Path
        A folder, of which every file with a suffix of `models.network.pixels.SUFFIXES` is scored, at any depth; or a
        CSV file with a column ``image``, ``path`` or ``filename``: paths from the file's own folder, else from
        the working folder.
    target : Path
        As of `score_report_file`; ``image`` is the path within the folder, or as in the list. An image that cannot be
        read has empty scores and is listed, with the reason, in ``<stem>.failures.csv`` beside the target.
    options : Options, optional
        Default: the network ``image_findings``.
    settings, shard_size, progress
        As of `score_report_file`.

    Raises
    ------
    ConfigError, SourceError
        As `score_report_file`.
    """
    options = options or Options("image_findings")

    def listed() -> Iterator[dict[str, Any]]:
        for name, file in _images(source):
            size, modified = fingerprint(file)
            # A name in another encoding than UTF-8 can be in no list: its row says that there is no such file.
            is_listed = size is not None and _readable(str(file)) == str(file)
            found = str(file.absolute()) if is_listed else None
            yield {"item_id": _readable(name), "bytes": size, "modified_ns": modified, "file": found}

    return _score("image", "image", source, target, options, settings, listed(), shard_size, progress)


def _score(
    kind: str,
    column: str,
    source: Path,
    target: Path,
    options: Options,
    settings: Settings,
    listed: Iterator[dict[str, Any]],
    shard_size: int,
    progress: Progress | None,
) -> ScoredFile:
    clock = time.perf_counter()
    manifest, network = engine.load(options, kind, settings)
    if not source.exists():
        raise SourceError("there is no such file", where=source, fix="Check --input")
    for written in (target, _failures_file(target), _embeddings_file(target)):
        require_other_file(source, written)
    if not target.absolute().parent.is_dir():
        raise SourceError("cannot be written", where=target, fix="Check that its folder exists and is writable")
    folder = target.with_name(f"{target.name}.parts")
    with spool.opened(folder):
        chunks = (pa.Table.from_pylist(list(rows), engine.ITEMS[kind]) for rows in batched(listed, shard_size))
        spool.write_items(folder, engine.ITEMS[kind], chunks)
        # The list, with sizes and times of files, decides what the results are of.
        sha = runs.fingerprint(folder / spool.ITEMS_FILE)
        spool.keep_shards_of(folder, runs.run_id(kind, manifest.weights_sha, *options.outputs, sha))
        engine.score(folder, network, options, settings, progress)
        with replacing_text(target) as out:
            counts = _write(folder, column, manifest, out, target)
        providers = sorted({name for path in spool.shards(folder) for name in spool.providers(path)})
        spool.remove(folder)
    return ScoredFile(
        model=manifest.name,
        version=manifest.version,
        provider=", ".join(providers) or network.provider,
        seconds=time.perf_counter() - clock,
        **counts,
    )


def _write(folder: Path, column: str, manifest: Manifest, out: TextIO, target: Path) -> dict[str, Any]:
    """Write the results in the order of the list, and beside them embeddings and failures; return their counts."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column, *(findings.findings()[finding].name for finding in manifest.findings)])
    n_rows, n_failures, named = 0, 0, list[str]()
    with ExitStack() as stack:
        embeddings = failures = None
        for path in spool.shards(folder):
            shard = spool.read_shard(path)
            if shard is None:
                path.unlink()
                raise WarehouseError("a part of the results is damaged", where=path, fix="Run it again")
            for item, code, message, found in zip(
                *(shard[name].to_pylist() for name in ("item_id", "code", "message", "probabilities")), strict=True
            ):
                writer.writerow([item, *([""] * len(manifest.findings) if found is None else map(_figure, found))])
                if code is None:
                    continue
                n_failures += 1
                if len(named) < N_NAMED:
                    named.append(f"{item}: {message}")
                if column == "image":
                    failures = failures or stack.enter_context(_rows(target, ["image", "code", "message"]))
                    failures.writerow([item, code, message])
            n_rows += shard.num_rows
            if "embedding" in shard.column_names:
                given = shard.select(["item_id", "embedding"]).rename_columns([column, "embedding"])
                if embeddings is None:
                    beside = _embeddings_file(target)
                    embeddings = stack.enter_context(pq.ParquetWriter(beside, given.schema, compression="zstd"))
                embeddings.write_table(given)
    # Those of an earlier output of this name.
    if failures is None:
        _failures_file(target).unlink(missing_ok=True)
    if embeddings is None:
        _embeddings_file(target).unlink(missing_ok=True)
    return {"n_rows": n_rows, "n_failures": n_failures, "failures": named}


def _figure(probability: float) -> str:
    return f"{probability:.6f}"


def _readable(name: str) -> str:
    """Return a file's name with what is no UTF-8 in it replaced."""
    return os.fsencode(name).decode("utf-8", "replace")


def _stem(target: Path) -> str:
    return target.name.removesuffix(".gz").removesuffix(".csv")


def _failures_file(target: Path) -> Path:
    return target.with_name(f"{_stem(target)}.failures.csv")


def _embeddings_file(target: Path) -> Path:
    return target.with_name(f"{_stem(target)}.embeddings.parquet")


@contextmanager
def _rows(target: Path, header: list[str]) -> Iterator[Any]:
    """Open the file of failures beside a target; yield a writer of its rows."""
    with _failures_file(target).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        yield writer


def _images(source: Path) -> Iterator[tuple[str, Path]]:
    """Yield name and file of each image of a folder or a list."""
    if source.is_dir():
        name = None
        for name in image_files.walk(source):
            yield name, source / name
        if name is None:
            raise SourceError("no image files", where=source, fix="Name the folder that holds the images")
        return
    if source.suffix.lower() in pixels.SUFFIXES:
        raise SourceError("cannot be read as a list", where=source, fix="Name a folder of images or a CSV file")
    with reading_table(source) as table:
        header = [name.lower() for name in table.header]
        column = next((header.index(name) for name in IMAGE_COLUMNS if name in header), None)
        if column is None:
            raise SourceError(
                "no column 'image'", where=source, fix=f"The first line must name one of {', '.join(IMAGE_COLUMNS)}"
            )
        for line in table.lines:
            if name := cell(line, column):
                beside = source.parent / name
                yield name, beside if os.path.exists(beside) else Path(name)  # noqa: PTH110  any text is a path here
