"""CSV files of reports: read with clear errors, written whole or not at all."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from warehouse.errors import SourceError

_COLUMNS = ("study_id", "text")


@contextmanager
def reading(source: Path) -> Iterator[Iterator[tuple[str, str]]]:
    """Open a CSV file with the columns study_id and text; yield an iterator over their values.

    Raises
    ------
    SourceError
        The file cannot be read, lacks a column, or a quoted field in it does not end.
    """
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # the default refuses texts of more than 128 kB
    try:
        file = source.open(encoding="utf-8-sig", errors="replace", newline="")
    except OSError:
        raise SourceError("cannot be read", where=source, fix="Name a CSV file that you may read") from None
    with file:
        yield _rows(file, source)


def _rows(file: TextIO, source: Path) -> Iterator[tuple[str, str]]:
    reader = csv.DictReader(file, strict=True, restval="")
    try:
        if missing := [name for name in _COLUMNS if name not in (reader.fieldnames or ())]:
            raise SourceError(
                f"no column {', '.join(missing)}", where=source, fix="The first line must name the columns study_id and text"
            )
        for row in reader:
            yield row["study_id"], row["text"]
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
        The target is the source, or cannot be written.
    """
    if target.exists() and target.samefile(source):
        raise SourceError("is the input file itself", where=target, fix="Write the scores to another file")
    partial = target.with_name(f"{target.name}.partial")
    try:
        out = partial.open("w", encoding="utf-8", newline="")
    except OSError:
        raise SourceError("cannot be written", where=target, fix="Check that its folder exists and is writable") from None
    try:
        with out:
            yield out
        if target.is_dir():
            raise SourceError("is a folder", where=target, fix="Name a file to write")
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
