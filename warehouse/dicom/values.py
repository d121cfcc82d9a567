"""Bytes of an element to a value that JSON can hold: text, number, list, or None for empty.

The rules are pydicom's (``pydicom.values``), so that a value is the same whoever reads it; what cannot be decided here
is left to pydicom.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from struct import Struct, iter_unpack
from typing import Any

LONGEST = 1024
"""Longest value that is kept; bytes as encoded."""

BINARY = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"UN"})
ENCODINGS = {None: "latin-1", "ISO_IR 6": "latin-1", "ISO_IR 100": "latin-1", "ISO_IR 192": "utf-8"}
"""Python's names of the character sets that need no more than a lookup."""


class UnusualError(Exception):
    """Something that pydicom has to read."""


def left_out(vr: str, n_bytes: int) -> dict[str, Any]:
    """Return what stands for a value that is not kept because it is long or binary."""
    return {"left_out": vr, "bytes": n_bytes}


def finite(value: float) -> float | str:
    """Return a number, or its name where JSON has none for it."""
    return value if math.isfinite(value) else str(value)


def _one_or_all(values: list[Any]) -> Any:
    return (values[0] if values[0] != "" else None) if len(values) == 1 else values


def _text(raw: bytes, encoding: str) -> str:
    if b"\x1b" in raw:
        raise UnusualError
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        raise UnusualError from None


def _codes(raw: bytes, encoding: str) -> Any:
    del encoding
    return _one_or_all(raw.decode("latin-1").rstrip(" \0").split("\\"))


def _titles(raw: bytes, encoding: str) -> Any:
    del encoding
    return _one_or_all([part.strip() for part in raw.decode("latin-1").split("\\")])


def _strings(raw: bytes, encoding: str) -> Any:
    return _one_or_all([part.rstrip("\0 ") for part in _text(raw, encoding).split("\\")])


def _paragraph(raw: bytes, encoding: str) -> Any:
    return _text(raw, encoding).rstrip("\0 ") or None


def _address(raw: bytes, encoding: str) -> Any:
    del encoding
    return raw.decode("latin-1").rstrip() or None


def _names(raw: bytes, encoding: str) -> Any:
    if b"=" in raw:
        raise UnusualError
    return _one_or_all(_text(raw.rstrip(b"\0 "), encoding).split("\\"))


def _decimals(raw: bytes, encoding: str) -> Any:
    del encoding
    parts = raw.decode("latin-1").strip().rstrip(" \0").split("\\")
    try:
        values = [finite(float(part)) if part.strip() else None for part in parts]
    except ValueError:
        raise UnusualError from None
    return values[0] if len(values) == 1 else values


def _integers(raw: bytes, encoding: str) -> Any:
    del encoding
    parts = raw.decode("latin-1").rstrip(" \0").split("\\")
    try:
        values = [int(part) if part.strip() else None for part in parts]
    except ValueError:
        raise UnusualError from None
    return values[0] if len(values) == 1 else values


def _tags(raw: bytes, encoding: str) -> Any:
    del encoding
    if len(raw) % 4:
        raise UnusualError
    return _one_or_all([f"({group:04x},{element:04x})" for group, element in iter_unpack("<HH", raw)])


def _numbers(code: str) -> Callable[[bytes, str], Any]:
    one = Struct("<" + code)

    def convert(raw: bytes, encoding: str) -> Any:
        del encoding
        if len(raw) % one.size:
            raise UnusualError
        values = [value for (value,) in one.iter_unpack(raw)]
        if code in "fd":
            values = [finite(value) for value in values]
        return values[0] if len(values) == 1 else values

    return convert


_CONVERTERS: dict[bytes, Callable[[bytes, str], Any]] = {
    b"AE": _titles,
    b"AS": _codes,
    b"AT": _tags,
    b"CS": _codes,
    b"DA": _codes,
    b"DS": _decimals,
    b"DT": _codes,
    b"FD": _numbers("d"),
    b"FL": _numbers("f"),
    b"IS": _integers,
    b"LO": _strings,
    b"LT": _paragraph,
    b"PN": _names,
    b"SH": _strings,
    b"SL": _numbers("i"),
    b"SS": _numbers("h"),
    b"ST": _paragraph,
    b"SV": _numbers("q"),
    b"TM": _codes,
    b"UC": _strings,
    b"UI": _codes,
    b"UL": _numbers("I"),
    b"UR": _address,
    b"US": _numbers("H"),
    b"UT": _paragraph,
    b"UV": _numbers("Q"),
}
SHORT = frozenset(_CONVERTERS) - {b"UC", b"UR", b"UT", b"SV", b"UV"}
"""VRs whose length is a 16-bit number in explicit VR."""
LONG = frozenset(_CONVERTERS) - SHORT | BINARY | {b"SQ"}
"""VRs whose length is a 32-bit number."""


@lru_cache(maxsize=1 << 14)
def decode(vr: bytes, raw: bytes, encoding: str) -> Any:
    """Return the value of at least one and at most ``LONGEST`` bytes, little-endian; most values of a tree repeat.

    Raises
    ------
    UnusualError
        A value not of its VR's form, or text with escape sequences.
    """
    return _CONVERTERS[vr](raw, encoding)
