"""Header rows: the elements of a file as typed columns, the rest as JSON.

The columns are those of ``raw.dicom_header``; the module does not import their declaration, which a worker process
would spend more time on than on a thousand files.
"""

from __future__ import annotations

import json
import mmap
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from warehouse.dicom import elements as fast
from warehouse.dicom import unusual
from warehouse.dicom.elements import Elements
from warehouse.dicom.errors import UnreadableError, not_openable
from warehouse.dicom.values import UnusualError

FIRST_BYTES = 16_384
"""What is read of a file at first; the whole is mapped where the header is longer."""

_MIMIC_PATH = re.compile(r"/p(1\d{7})/s(5\d{7})/([0-9a-f]{8}(?:-[0-9a-f]{8}){4})\.dcm$")
_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # as DuckDB's TIMESTAMP: UTC without saying so


@dataclass(frozen=True)
class Layout:
    """What every worker needs: where the tree is and which columns a row has.

    Attributes
    ----------
    root : str
        Folder that the paths are relative to.
    keywords : dict
        DuckDB type by column, of the columns named by a keyword or by a sequence's keyword and ``CodeMeaning``.
    """

    root: str
    keywords: dict[str, str]


@dataclass(frozen=True)
class Headers:
    """What a batch of files gave: values by column, and (path, code, message) of the files that could not be read."""

    columns: dict[str, list[Any]]
    rejected: list[tuple[str, str, str]]


def read_batch(layout: Layout, paths: list[str]) -> Headers:
    """Read the headers of files under ``layout.root``."""
    rows, rejected = [], []
    for path in paths:
        full = f"{layout.root}/{path}"
        try:
            elements, status = read_elements(full)
        except UnreadableError as error:
            rejected.append((path, error.code, error.message))
            continue
        row = keyword_values(elements, layout.keywords) | _identity(path, full, status)
        row["studied_at"] = studied_at(row.get("StudyDate"), row.get("StudyTime"))
        row["other_elements"] = _to_json(elements)
        rows.append(row)
    return Headers({name: [row[name] for row in rows] for name in rows[0]} if rows else {}, rejected)


def read_elements(path: str) -> tuple[Elements, os.stat_result]:
    """Return a file's elements without its pixels, and the status of the file that was read.

    Raises
    ------
    UnreadableError
        ``not_readable``, ``empty``, ``not_dicom``, ``truncated`` or ``damaged``.
    """
    try:
        file = os.open(path, os.O_RDONLY)
        try:
            status = os.fstat(file)
            head = os.read(file, FIRST_BYTES)
            if not head:
                raise UnreadableError("empty", "has no bytes")
            if head[128:132] == b"DICM":
                return _with_preamble(file, head, status.st_size), status
        finally:
            os.close(file)
        return unusual.read(Path(path)), status
    except OSError as error:
        raise not_openable(error) from None
    except UnusualError:
        return unusual.read(Path(path)), status


def _with_preamble(file: int, head: bytes, n_bytes: int) -> Elements:
    try:
        return fast.read(head, n_bytes)
    except fast.ShortError:
        if len(head) == n_bytes:
            raise _truncated() from None
    with mmap.mmap(file, n_bytes, access=mmap.ACCESS_READ) as whole:
        try:
            return fast.read(whole, n_bytes)
        except fast.ShortError:
            raise _truncated() from None


def _truncated() -> UnreadableError:
    return UnreadableError("truncated", "ends before the elements that it announces")


def _identity(path: str, full: str, status: os.stat_result) -> dict[str, Any]:
    found = _MIMIC_PATH.search(full)
    return {
        "path": path,
        "n_bytes": status.st_size,
        "modified_at": _EPOCH + timedelta(microseconds=status.st_mtime_ns // 1000),
        "dicom_id": found[3] if found else None,
        "subject_id": int(found[1]) if found else None,
        "study_id": int(found[2]) if found else None,
    }


def keyword_values(elements: Elements, keywords: dict[str, str]) -> dict[str, Any]:
    """Take the elements that are columns out of ``elements``; one that does not fit its column's type stays there.

    A column ``Sequence_CodeMeaning`` is the first item's CodeMeaning of that very sequence, which stays whole.
    """
    row: dict[str, Any] = dict.fromkeys(keywords)
    for name in row.keys() & elements.keys():
        value = elements[name]
        row[name] = fitting = None if value is None else _FITTING[keywords[name]](value)
        if fitting is not None or value is None:
            del elements[name]
    for name, sequence, inner in _of_sequences(tuple(keywords)):
        items = elements.get(sequence)
        if isinstance(items, list) and items and isinstance(items[0], dict):
            row[name] = _text(items[0].get(inner))
    return row


@lru_cache(maxsize=8)
def _of_sequences(names: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Return column, sequence and element within its first item."""
    return [(name, *name.split("_")) for name in names if "_" in name]  # type: ignore[misc]


def _integer(value: Any) -> int | None:
    return value if isinstance(value, int) and -(2**31) <= value < 2**31 else None


def _double(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: Any) -> list[str] | None:
    values = value if isinstance(value, list) else [value]
    return values if all(isinstance(part, str) for part in values) else None


def _doubles(value: Any) -> list[float] | None:
    values = value if isinstance(value, list) else [value]
    return [float(part) for part in values] if all(isinstance(part, int | float) for part in values) else None


def _date(value: Any) -> date | None:
    return _parsed_date(value) if isinstance(value, str) else None


@lru_cache(maxsize=1 << 14)
def _parsed_date(text: str) -> date | None:
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


_FITTING: dict[str, Callable[[Any], Any]] = {
    "INTEGER": _integer,
    "DOUBLE": _double,
    "VARCHAR": _text,
    "VARCHAR[]": _texts,
    "DOUBLE[]": _doubles,
    "DATE": _date,
}

_TIME = re.compile(r"(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,6}))?)?)?", re.ASCII)


def studied_at(day: date | None, time: str | None) -> datetime | None:
    """Return date and time of a study: midnight where there is no time, None where it is no time of day.

    Parameters
    ----------
    day : date or None
        StudyDate.
    time : str or None
        StudyTime, HH[MM[SS[.F]]] (DICOM PS3.5, TM).
    """
    if day is None:
        return None
    start = datetime(day.year, day.month, day.day)  # noqa: DTZ001  # the place of the study is not known
    if time is None:
        return start
    found = _TIME.fullmatch(time.strip())
    if not found:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups()[:3])
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    fraction = int((found[4] or "").ljust(6, "0"))
    return start.replace(hour=hours, minute=minutes, second=seconds, microsecond=fraction)
