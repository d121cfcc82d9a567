"""Label a CSV file of reports without a warehouse, row by row, in constant memory."""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import batched
from pathlib import Path
from typing import TextIO

from nlp import engines
from nlp.aggregate import PRESENCE_SCHEMES
from nlp.pool import map_batches
from warehouse import findings
from warehouse.config import Settings
from warehouse.errors import SourceError

BATCH_SIZE = 200
POOL_FROM_BYTES = 20_000_000
"""Smaller files are labeled sooner than a pool of processes has started."""

_VALUES: dict[int | None, str] = {1: "1.0", 0: "0.0", -1: "-1.0"}

Row = tuple[str, str]
"""A study id and its text."""


@dataclass(frozen=True, slots=True)
class FileResult:
    """What `label_file` did."""

    labeler: str
    n_rows: int
    seconds: float


def label_file(
    source: Path,
    target: Path,
    *,
    labeler: str = "cxr",
    scheme: str = "chexpert14",
    settings: Settings,
    progress: Callable[[str, int, int], object] | None = None,
) -> FileResult:
    """Label the column ``text`` of a CSV file into a CSV file of study labels in the layout of MIMIC-CXR-JPG.

    The target has ``study_id`` and the scheme's labels in their published order, one row for every row of the source,
    in its order; 1.0 present, 0.0 absent, -1.0 uncertain, empty not mentioned. In a scheme of presence alone
    (``chestxray14``) findings that are alternatives or borderline have 1.0, as its coders give them: see
    `nlp.aggregate.indexed_findings`. The file appears when it is complete.

    Parameters
    ----------
    source : Path
        CSV in UTF-8 with a header line; columns ``study_id`` and ``text``, others are ignored. Bytes that are not
        UTF-8 are read as replacement characters.
    target : Path
        File to write; replaced if it is there.
    labeler : str
        As `nlp.engines.load` knows it.
    scheme : str
        ``chexpert14`` or ``chestxray14``.
    settings : Settings
        ``threads`` is the number of processes for files of more than 20 MB.
    progress : callable, optional
        Called with 'label', the rows done and 0 (how many there are is not known) after every batch.

    Raises
    ------
    SourceError
        The source is missing, has no header line or lacks a column, a quoted field in it is not closed, or the target
        cannot be written.
    ConfigError
        No such labeler or scheme.
    """
    columns = findings.scheme(scheme)
    label_rows = partial(_label_rows, tuple(columns.values()), is_presence=scheme in PRESENCE_SCHEMES)
    engine = engines.load(labeler)
    clock, n_rows = time.perf_counter(), 0
    with _reading(source) as file:
        batches = batched(_read_rows(file, source), BATCH_SIZE)
        processes = settings.threads if source.stat().st_size >= POOL_FROM_BYTES else 1
        with _replacing(source, target) as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(["study_id", *columns])
            for rows in map_batches(label_rows, batches, engine, processes=processes):
                writer.writerows(rows)
                n_rows += len(rows)
                if progress is not None:
                    progress("label", n_rows, 0)
    return FileResult(labeler, n_rows, time.perf_counter() - clock)


def _label_rows(
    wanted: tuple[str, ...], labeler: engines.Labeler, rows: tuple[Row, ...], *, is_presence: bool
) -> list[list[str]]:
    results = []
    for (study_id, _), report in zip(rows, labeler.label_texts(text for _, text in rows), strict=True):
        values = report.labels | dict.fromkeys(report.indexed, 1) if is_presence else report.labels
        results.append([study_id, *(_VALUES.get(values.get(finding), "") for finding in wanted)])
    return results


@contextmanager
def _reading(source: Path) -> Iterator[TextIO]:
    try:
        file = source.open(encoding="utf-8-sig", errors="replace", newline="")
    except FileNotFoundError:
        raise SourceError("there is no such file", where=source, fix="Check --input") from None
    except OSError:
        raise SourceError("cannot be read", where=source, fix="Name a CSV file that you may read") from None
    with file:
        yield file


def _read_rows(file: TextIO, source: Path) -> Iterator[Row]:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # the default refuses texts of more than 128 kB
    reader = csv.reader(file, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        position: dict[str, int] = {}
        for name in ("study_id", "text"):
            if name not in header:
                raise SourceError(
                    f"no column '{name}'", where=source, fix="The first line must name the columns study_id and text"
                )
            position[name] = header.index(name)
        for row in reader:
            if row:  # not a blank line
                padded = row + [""] * (len(header) - len(row))
                yield padded[position["study_id"]], padded[position["text"]]
    except csv.Error:
        raise SourceError(
            f"a quoted field near line {reader.line_num} does not end properly",
            where=source,
            fix="Close every quoted field and double the quotes inside it",
        ) from None


@contextmanager
def _replacing(source: Path, target: Path) -> Iterator[TextIO]:
    """Open a temporary file beside the target and put it in the target's place when the block ends well."""
    if target.exists() and target.samefile(source):
        raise SourceError("is the input file itself", where=target, fix="Write the labels to another file")
    partial_file = target.with_name(f"{target.name}.partial")
    try:
        out = partial_file.open("w", encoding="utf-8", newline="")
    except OSError:
        raise SourceError(
            "cannot be written", where=target, fix="Check that its folder exists and is writable"
        ) from None
    try:
        with out:
            yield out
        partial_file.replace(target)
    except IsADirectoryError:
        raise SourceError("is a folder", where=target, fix="Name a file to write") from None
    finally:
        partial_file.unlink(missing_ok=True)
