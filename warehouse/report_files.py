"""Files of reports in the forms they come in, read as a stream of ids and texts.

A table (CSV, gzipped CSV, Parquet), a folder or a zip of text files such as ``mimic-cxr-reports.zip``, or the input of
the CheXpert labeler: one column of reports without a header.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath

from warehouse.choices import Layout
from warehouse.errors import SourceError
from warehouse.user_tables import Table, encoding_of, has_parquet, reading_lines, reading_table

Row = tuple[str, str]
"""A study id and its text."""

COLUMNS = ("study_id", "text")
MIMIC_REPORT = re.compile(r"(?:^|/)p\d+/s(\d+)\.txt$")
ENCRYPTED = 0x1
"""Bit of a zip member's flags that is set when it is encrypted."""


def study_id_of(path: PurePosixPath) -> str:
    """Return the study id that a text file's name gives: 50414267 of ``p10/p10000032/s50414267.txt``, else its stem."""
    found = MIMIC_REPORT.search(path.as_posix())
    return found.group(1) if found else path.stem


@contextmanager
def reading(source: Path, *, layout: Layout = "table", columns: tuple[str, str] = COLUMNS) -> Iterator[Iterator[Row]]:
    """Open reports and yield an iterator over them, in the file's order; text files in the order of their paths.

    Parameters
    ----------
    source : Path
        A folder or zip of ``.txt`` files, a Parquet file, or a CSV file, gzipped or not. Text is UTF-8, or UTF-16 with
        a byte order mark; bytes that are not are read as replacement characters. Blank lines of a CSV are left out.
    layout : {'table', 'chexpert'}
        ``chexpert``: a CSV of one column without a header; the ids are the row numbers from 0.
    columns : (str, str)
        Names of a table's columns of ids and texts; others are ignored.

    Raises
    ------
    SourceError
        The source is missing, damaged or encrypted, cannot be read, holds no reports, or lacks a column.
    """
    if not source.exists():
        raise SourceError("there is no such file", where=source, fix="Check --input")
    with ExitStack() as stack:
        with _one_line(source):
            if source.is_dir():
                rows = _text_files(source)
            elif source.suffix.lower() == ".zip" or zipfile.is_zipfile(source):
                rows = _members(stack.enter_context(zipfile.ZipFile(source)), source)
            elif layout == "chexpert" and not has_parquet(source):
                lines = stack.enter_context(reading_lines(source, encoding="any"))
                rows = ((str(ordinal), line.cells[0]) for ordinal, line in enumerate(lines))
            else:
                table = stack.enter_context(reading_table(source, encoding="any", columns=columns))
                rows = _table_rows(table, source, columns)
        yield _guarded(rows, source)


def _guarded(rows: Iterator[Row], source: Path) -> Iterator[Row]:
    """Yield the rows; what fails while one is read is one clear error, what the reader of them does is its own."""
    with _one_line(source):
        yield from rows


@contextmanager
def _one_line(source: Path) -> Iterator[None]:
    try:
        yield
    except (EOFError, zlib.error, zipfile.BadZipFile):
        raise SourceError("is damaged or ends early", where=source, fix="Copy or download it again") from None
    except OSError:
        raise SourceError("cannot be read", where=source, fix="Name a file or folder that you may read") from None


def _decode(content: bytes) -> str:
    return content.decode(encoding_of(content[:3]), "replace")


def _text_files(folder: Path) -> Iterator[Row]:
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() == ".txt" and path.is_file())
    if not paths:
        raise SourceError("no .txt files", where=folder, fix="Name the folder that holds the reports")
    for path in paths:
        yield study_id_of(PurePosixPath(path.relative_to(folder.parent).as_posix())), _decode(path.read_bytes())


def _members(archive: zipfile.ZipFile, source: Path) -> Iterator[Row]:
    members = [
        member
        for member in archive.infolist()
        if member.filename.lower().endswith(".txt") and not member.filename.startswith("__MACOSX/")
    ]
    if not members:
        raise SourceError("no .txt files in the archive", where=source, fix="Name the archive that holds the reports")
    if any(member.flag_bits & ENCRYPTED for member in members):
        raise SourceError("the archive is encrypted", where=source, fix="Unpack it and name the folder")
    for member in members:
        yield study_id_of(PurePosixPath(member.filename)), _decode(archive.read(member))


def _table_rows(table: Table, source: Path, columns: tuple[str, str]) -> Iterator[Row]:
    if missing := [name for name in columns if name not in table.header]:
        raise SourceError(
            f"no column '{missing[0]}'", where=source, fix=f"The table must name the columns {' and '.join(columns)}"
        )
    study_id, text = (table.header.index(name) for name in columns)
    for line in table.lines:
        padded = line.cells + [""] * (len(table.header) - len(line.cells))
        yield padded[study_id], padded[text]
