"""Tables that a user brings: CSV, gzipped or not, or Parquet, read as text and as a stream.

The name or the first bytes tell what a file is. A file that cannot be read is a `SourceError` of one line, wherever in
it the damage is.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import sys
import zlib
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from io import TextIOWrapper
from itertools import count
from pathlib import Path
from typing import IO, Literal, NamedTuple, TextIO, cast

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.errors import SourceError

Encoding = Literal["utf-8", "any"]
"""UTF-8 alone; or UTF-16 too where a byte order mark says so, and replacement characters for bytes that are neither."""

PARQUET_ROWS = 1_000
GZIP_MAGIC, PARQUET_MAGIC = b"\x1f\x8b", b"PAR1"


class Line(NamedTuple):
    """A row of a table.

    Attributes
    ----------
    number : int
        Line of a CSV file that it ends on, row of a Parquet file, both from 1.
    cells : list of str
        As in the file: a row may be shorter or longer than the header. A null of a Parquet file is ''.
    """

    number: int
    cells: list[str]


class Table(NamedTuple):
    """A table that is open.

    Attributes
    ----------
    header : list of str
        Names of the columns, without blanks around them.
    lines : iterator of Line
        The rows after the header, without blank ones.
    """

    header: list[str]
    lines: Iterator[Line]


@contextmanager
def reading_table(path: Path, *, encoding: Encoding = "utf-8", columns: Collection[str] = ()) -> Iterator[Table]:
    """Open a table with a header, in memory that does not grow with it.

    Parameters
    ----------
    path : Path
    encoding : {'utf-8', 'any'}
        Of a CSV file.
    columns : collection of str
        Of a Parquet file only these are read, of those that it has; default all.

    Raises
    ------
    SourceError
        It is missing, damaged, or neither CSV nor Parquet. Damage further on is raised by the iterator.
    """
    with ExitStack() as stack:
        with _one_line(path):
            is_parquet = has_parquet(path)
            table = stack.enter_context(pq.ParquetFile(path)) if is_parquet else None
        if table is not None:
            nested = [f.name for f in table.schema_arrow if f.name in columns and pa.types.is_nested(f.type)]
            if nested:
                raise SourceError(f"column '{nested[0]}' holds lists or structs", where=path, fix="Store it as text")
            header = [name for name in table.schema_arrow.names if not columns or name in columns]
            yield Table(header, _guarded(_parquet_lines(table, header), path))
            return
        lines = stack.enter_context(reading_lines(path, encoding=encoding))
        header = next(lines, Line(0, [])).cells
        yield Table([name.strip() for name in header], lines)


@contextmanager
def reading_lines(path: Path, *, encoding: Encoding = "utf-8") -> Iterator[Iterator[Line]]:
    """Open a CSV file whose first line is a row like the others.

    Raises
    ------
    SourceError
        As of `reading_table`.
    """
    with ExitStack() as stack:
        with _one_line(path):
            file = stack.enter_context(_opened(path, encoding))
        yield _guarded(_csv_lines(file), path)


def read_table(path: Path) -> tuple[list[str], list[Line]]:
    """Return header and rows of a table that is small enough for memory.

    Raises
    ------
    SourceError
        As of `reading_table`.
    """
    with reading_table(path) as table:
        return table.header, list(table.lines)


def cell(line: Line, column: int) -> str:
    """Return a cell without blanks around it; '' where the row is too short to have it."""
    return line.cells[column].strip() if column < len(line.cells) else ""


def has_parquet(path: Path) -> bool:
    """Tell whether a file is Parquet, by its name or its first bytes; a pipe, whose bytes come once, is not.

    Raises
    ------
    OSError
    """
    if path.suffix.lower() == ".parquet":
        return True
    if path.exists() and not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(PARQUET_MAGIC)) == PARQUET_MAGIC


def encoding_of(head: bytes) -> str:
    """Return how a text is encoded whose first bytes are these: UTF-16 with a byte order mark, else UTF-8."""
    return "utf-16" if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"


@contextmanager
def _opened(path: Path, encoding: Encoding) -> Iterator[TextIO]:
    with ExitStack() as stack:
        content = stack.enter_context(path.open("rb"))
        # The first bytes are looked at and not taken: a pipe gives them once.
        is_gzip = content.peek(2).startswith(GZIP_MAGIC)
        plain = stack.enter_context(gzip.GzipFile(fileobj=content)) if is_gzip else content
        name, errors = ("utf-8-sig", "strict") if encoding == "utf-8" else (encoding_of(plain.peek(2)), "replace")
        yield stack.enter_context(TextIOWrapper(cast(IO[bytes], plain), name, errors, newline=""))


def _csv_lines(file: TextIO) -> Iterator[Line]:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # the default refuses texts of more than 128 kB
    read: list[str] = []  # for one row
    reader = csv.reader(_noting(file, read))
    first = 1
    try:
        for cells in reader:
            # "abc"x is read as abcx, but a quote that does not end where it should must not swallow the rows after it.
            if len(read) > 1:
                list(csv.reader(read, strict=True))
            if cells:
                yield Line(reader.line_num, cells)
            first = reader.line_num + 1
            read.clear()
    except csv.Error:
        raise _QuoteError(first) from None


def _noting(file: TextIO, read: list[str]) -> Iterator[str]:
    """Yield the lines of a file, each noted in ``read``; so is the file's end, which a row reaches by an open quote."""
    for line in file:
        read.append(line)
        yield line
    read.append("")


def _parquet_lines(table: pq.ParquetFile, columns: list[str]) -> Iterator[Line]:
    numbers = count(1)
    for batch in table.iter_batches(PARQUET_ROWS, columns=columns):
        texts = ([_as_text(value) for value in column.to_pylist()] for column in batch.columns)
        for cells in zip(*texts, strict=True):
            yield Line(next(numbers), list(cells))


def _as_text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # pandas' way to store whole numbers beside nulls
    return "" if value is None or value != value else str(value)  # noqa: PLR0124 - NaN, pandas' null


class _QuoteError(Exception):
    """A quoted field does not end properly; the argument is the line."""


def _guarded(lines: Iterator[Line], path: Path) -> Iterator[Line]:
    """Yield the lines; what fails while one is read is one clear error, what the reader of them does is its own."""
    with _one_line(path):
        yield from lines


@contextmanager
def _one_line(path: Path) -> Iterator[None]:
    """Turn what readers raise at a file into one clear error."""
    kind = "Parquet" if path.suffix.lower() == ".parquet" else "CSV"
    try:
        yield
    except FileNotFoundError:
        problem, fix = "there is no such file", "Check the path"
    except (EOFError, zlib.error, gzip.BadGzipFile, pa.ArrowException):
        problem, fix = "it is damaged or ends early", "Copy or download it again"
    except UnicodeDecodeError:
        problem, fix = "it is no UTF-8", "Save it as UTF-8"
    except _QuoteError as error:
        problem = f"a quoted field near line {error} does not end properly"
        fix = "Close every quoted field and double the quotes inside it"
    except (LookupError, OverflowError):
        problem, fix = "it holds a time or date that Python does not know", "Store it as text"
    except (OSError, ValueError):
        problem, fix = "it cannot be opened", "Name a file that you may read"
    else:
        return
    raise SourceError(f"cannot be read as {kind}: {problem}", where=path, fix=fix)
