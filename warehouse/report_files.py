"""Files of reports in the forms they come in, read as a stream of ids and texts; results written whole or not at all.

A table (CSV, gzipped CSV, Parquet), a folder or a zip of text files such as ``mimic-cxr-reports.zip``, or the input of
the CheXpert labeler: one column of reports without a header.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import re
import shutil
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path, PurePosixPath
from typing import IO, TextIO, cast

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.choices import Layout
from warehouse.errors import ConfigError, SourceError

Row = tuple[str, str]
"""A study id and its text."""

COLUMNS = ("study_id", "text")
PARQUET_ROWS = 1_000
GZIP_MAGIC = b"\x1f\x8b"
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
    try:
        if source.is_dir():
            yield _text_files(source)
            return
        with source.open("rb") as raw:
            start = raw.read(4)
        if source.suffix.lower() == ".zip" or zipfile.is_zipfile(source):
            with zipfile.ZipFile(source) as archive:
                yield _members(archive, source)
        elif source.suffix.lower() == ".parquet" or start == b"PAR1":
            with pq.ParquetFile(source) as table:
                yield _parquet_rows(table, source, columns)
        else:
            is_gzip = start.startswith(GZIP_MAGIC)
            with gzip.open(source) if is_gzip else source.open("rb") as content:
                encoding = _encoding(content.read(3))
                content.seek(0)
                with TextIOWrapper(cast(IO[bytes], content), encoding, "replace", newline="") as file:
                    yield _csv_rows(file, source, layout, columns)
    except FileNotFoundError:
        raise SourceError("there is no such file", where=source, fix="Check --input") from None
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, pa.ArrowException):
        raise SourceError("is damaged or ends early", where=source, fix="Copy or download it again") from None
    except OSError:
        raise SourceError("cannot be read", where=source, fix="Name a file or folder that you may read") from None


def _encoding(head: bytes) -> str:
    return "utf-16" if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"


def _decode(content: bytes) -> str:
    return content.decode(_encoding(content[:3]), "replace")


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


def _parquet_rows(table: pq.ParquetFile, source: Path, columns: tuple[str, str]) -> Iterator[Row]:
    _require_columns(table.schema_arrow.names, columns, source, "The table must have")
    for batch in table.iter_batches(PARQUET_ROWS, columns=list(columns)):
        ids, texts = (batch.column(name).cast(pa.string()).to_pylist() for name in columns)
        yield from ((study_id or "", text or "") for study_id, text in zip(ids, texts, strict=True))


def _csv_rows(file: TextIO, source: Path, layout: Layout, columns: tuple[str, str]) -> Iterator[Row]:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # the default refuses texts of more than 128 kB
    reader = csv.reader(file, strict=True)
    try:
        if layout == "chexpert":
            filled = (row for row in reader if row)
            yield from ((str(ordinal), row[0]) for ordinal, row in enumerate(filled))
            return
        header = [name.strip() for name in next(reader, [])]
        _require_columns(header, columns, source, "The first line must name")
        study_id, text = (header.index(name) for name in columns)
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


def _require_columns(present: list[str], columns: tuple[str, str], source: Path, rule: str) -> None:
    if missing := [name for name in columns if name not in present]:
        raise SourceError(f"no column '{missing[0]}'", where=source, fix=f"{rule} the columns {' and '.join(columns)}")


def require_other_file(source: Path, target: Path) -> None:
    """Check that a target is neither the source nor a folder.

    Raises
    ------
    SourceError
    """
    if target.exists() and source.exists() and target.samefile(source):
        raise SourceError("is the input file itself", where=target, fix="Write the result to another file")
    if target.is_dir():
        raise SourceError("is a folder", where=target, fix="Name a file to write")


@contextmanager
def replacing(source: Path, target: Path) -> Iterator[TextIO]:
    """Open a file beside the target that takes the target's place when the block ends well; ``.gz`` is compressed.

    Raises
    ------
    SourceError
        The target is the source, is a folder, or cannot be written.
    """
    require_other_file(source, target)
    partly = target.with_name(f"{target.name}.partial")
    try:
        opened = partly.open("wb")
    except OSError:
        raise SourceError(
            "cannot be written", where=target, fix="Check that its folder exists and is writable"
        ) from None
    try:
        with (
            opened,
            gzip.GzipFile(fileobj=opened, mode="wb") if target.suffix == ".gz" else opened as content,
            TextIOWrapper(cast(IO[bytes], content), "utf-8", newline="") as out,
        ):
            yield out
        partly.replace(target)
    finally:
        partly.unlink(missing_ok=True)


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder beside the target that becomes the target when the block ends well.

    Raises
    ------
    ConfigError
        The target is there and not an empty folder, or it cannot be written.
    """
    target = target.resolve()
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise ConfigError(
            "is there already", where=target, fix="Name a new folder; nothing that may have been worked on is replaced"
        )
    partial = target.with_name(f"{target.name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)  # of a run that was killed
        partial.mkdir()
        yield partial
        partial.replace(target)
    except (OSError, duckdb.IOException) as error:
        reason = error.strerror if isinstance(error, OSError) else "DuckDB cannot write the file"
        raise ConfigError(
            f"cannot be written: {reason}", where=target, fix="Check that its folder exists, is writable and has room"
        ) from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
