"""CSV files of reports: read with clear errors, results written whole or not at all."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from warehouse.errors import SourceError

COLUMNS = ("study_id", "text")

Row = tuple[str, str]
"""A study id and its text."""


@contextmanager
def reading(source: Path) -> Iterator[Iterator[Row]]:
    """Open a CSV file of reports and yield an iterator over its rows, blank lines left out.

    Parameters
    ----------
    source : Path
        UTF-8 with a header line and the columns ``study_id`` and ``text``; others are ignored. Bytes that are not
        UTF-8 are read as replacement characters.

    Raises
    ------
    SourceError
        The file is missing or cannot be read, it lacks a column, or a quoted field in it does not end.
    """
    try:
        file = source.open(encoding="utf-8-sig", errors="replace", newline="")
    except FileNotFoundError:
        raise SourceError("there is no such file", where=source, fix="Check --input") from None
    except OSError:
        raise SourceError("cannot be read", where=source, fix="Name a CSV file that you may read") from None
    with file:
        yield _rows(file, source)


def _rows(file: TextIO, source: Path) -> Iterator[Row]:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # the default refuses texts of more than 128 kB
    reader = csv.reader(file, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        if missing := [name for name in COLUMNS if name not in header]:
            raise SourceError(
                f"no column '{missing[0]}'", where=source, fix="The first line must name the columns study_id and text"
            )
        study_id, text = (header.index(name) for name in COLUMNS)
        for row in reader:
            if row:  # not a blank line
                padded = row + [""] * (len(header) - len(row))
                yield padded[study_id], padded[text]
    except csv.Error:
        raise SourceError(
            f"a quoted field near line {reader.line_num} does not end properly",
            where=source,
            fix="Close every quoted field and double the quotes inside it",
        ) from None


@contextmanager
def replacing(source: Path, target: Path) -> Iterator[TextIO]:
    """Open a file beside the target that takes the target's place when the block ends well.

    Raises
    ------
    SourceError
        The target is the source, is a folder, or cannot be written.
    """
    if target.exists() and target.samefile(source):
        raise SourceError("is the input file itself", where=target, fix="Write the result to another file")
    if target.is_dir():
        raise SourceError("is a folder", where=target, fix="Name a file to write")
    partial = target.with_name(f"{target.name}.partial")
    try:
        out = partial.open("w", encoding="utf-8", newline="")
    except OSError:
        raise SourceError(
            "cannot be written", where=target, fix="Check that its folder exists and is writable"
        ) from None
    try:
        with out:
            yield out
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
