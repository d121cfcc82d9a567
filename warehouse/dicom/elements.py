"""A header's elements up to the pixels: explicit and implicit VR, little-endian.

Written for speed: pydicom makes an object of every element, this reads names and values of what is usual and leaves
the rest to pydicom (:mod:`warehouse.dicom.unusual`). DICOM PS3.5, sections 7.1 (elements) and 7.5 (sequences).
"""

from __future__ import annotations

from collections.abc import Callable
from mmap import mmap
from struct import Struct
from typing import Any

from warehouse.dicom.dictionary import (
    CHARACTER_SET,
    ELEMENTS,
    ITEM,
    ITEM_END,
    KEYWORDS,
    LUT_DESCRIPTORS,
    PIXELS,
    SEQUENCE_END,
    is_group_length,
    is_private,
    private_vr,
    tag_name,
    word,
)
from warehouse.dicom.values import BINARY, ENCODINGS, LONG, LONGEST, SHORT, UnusualError, decode, left_out

Elements = dict[str, Any]
"""Values by keyword, or by ``(gggg,eeee)`` where an element has none; a sequence is a list of these."""

Tags = frozenset[int]
NONE: Tags = frozenset()
UNDEFINED = 0xFFFFFFFF
_HEAD = Struct("<L2sH").unpack_from
_WORDS = Struct("<LL").unpack_from
_WORD = Struct("<L").unpack_from
_SPECIAL = LUT_DESCRIPTORS | {CHARACTER_SET}
_META = 132
"""Where the file meta information begins: after the preamble and ``DICM``."""
_IMPLICIT = "1.2.840.10008.1.2"
_UNLIKE = frozenset({"1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99", "1.2.840.113619.5.2"})
"""Big-endian, deflated, and GE's private mixture of both endiannesses."""


class ShortError(Exception):
    """The bytes end before the elements do."""


def read(data: bytes | mmap, n_bytes: int) -> Elements:
    """Return the elements of a file, file meta information first, without the pixels.

    Parameters
    ----------
    data : bytes or mmap
        The file, or its beginning.
    n_bytes : int
        Size of the file.

    Raises
    ------
    ShortError
        The data end within the header; or, where they are all there is, within native pixels.
    UnusualError
        Something that pydicom has to read.
    """
    elements: Elements = {}
    start = _end_of_meta(data)
    if _read_explicit(data, _META, start, "latin-1", elements) != start:
        raise UnusualError
    syntax = elements.get("TransferSyntaxUID")
    if not isinstance(syntax, str) or syntax in _UNLIKE:
        raise UnusualError
    is_implicit = syntax == _IMPLICIT
    reader = _read_implicit if is_implicit else _read_explicit
    end = reader(data, start, len(data), "latin-1", elements, PIXELS)
    if len(data) - end >= 8:
        _check_pixels(data, end, n_bytes, is_implicit=is_implicit)
    elif len(data) < n_bytes:
        raise ShortError
    return elements


def _end_of_meta(data: bytes | mmap) -> int:
    """Return where the file meta information ends, from its first element."""
    if len(data) < _META + 12:
        raise ShortError
    tag, vr, _ = _HEAD(data, _META)
    if (tag, vr) != (word(2, 0), b"UL"):
        raise UnusualError
    end = _META + 12 + _WORDS(data, _META + 4)[1]
    if end + 8 > len(data):
        raise ShortError
    if _WORDS(data, end)[0] & 0xFFFF == 2:
        raise UnusualError
    return int(end)


def _check_pixels(data: bytes | mmap, start: int, n_bytes: int, *, is_implicit: bool) -> None:
    """Raise where native pixels are longer than the file; compressed ones do not say how long they are."""
    if not is_implicit and len(data) < start + 12:
        raise ShortError
    (length,) = _WORD(data, start + (4 if is_implicit else 8))
    if length != UNDEFINED and start + (8 if is_implicit else 12) + length > n_bytes + length % 2:
        raise ShortError


_Reader = Callable[[bytes | mmap, int, int, str, Elements], int]


def _read_explicit(data: bytes | mmap, at: int, end: int, encoding: str, elements: Elements, stop: Tags = NONE) -> int:  # noqa: PLR0912  # one loop: calls cost more than the work
    """Read elements from ``at`` to ``end``, an item's end, or one to stop at; return where reading ended."""
    last = end - 8
    while at <= last:
        tag, vr, length = _HEAD(data, at)
        if vr in SHORT:
            at += 8
        elif vr in LONG:
            if tag in stop:
                return at
            if at + 12 > end:
                raise _beyond(data, end)
            (length,) = _WORD(data, at + 8)
            at += 12
            if vr == b"SQ":
                name = KEYWORDS.get(tag) or tag_name(tag)
                elements[name], at = _read_sequence(data, at, length, end, encoding, elements, _read_explicit)
                continue
        elif tag == ITEM_END:
            return at + 8
        else:
            raise UnusualError
        after = at + length
        if after > end:
            raise UnusualError if length == UNDEFINED else _beyond(data, end)
        key = KEYWORDS.get(tag)
        if key is None or vr == b"UN":
            if is_group_length(tag):
                at = after
                continue
            vr, key = _unnamed_vr(tag, vr, elements), tag_name(tag)
        if not length:
            elements[key] = None
        elif length > LONGEST or vr in BINARY:
            elements[key] = left_out(vr.decode(), length)
        else:
            elements[key] = value = decode(vr, data[at:after], encoding)
            if tag in _SPECIAL:
                encoding = _mind(tag, key, value, encoding, elements)
        at = after
    return at


def _read_implicit(data: bytes | mmap, at: int, end: int, encoding: str, elements: Elements, stop: Tags = NONE) -> int:  # noqa: PLR0912
    """Do the same where the file leaves the VR to the dictionary."""
    last = end - 8
    while at <= last:
        tag, length = _WORDS(data, at)
        if tag == ITEM_END:
            return at + 8
        if tag in stop:
            return at
        at += 8
        known = ELEMENTS.get(tag)
        if known is None:
            if is_group_length(tag):
                at += length
                continue
            key, vr = tag_name(tag), _unnamed_vr(tag, b"UN", elements).decode()
        else:
            key, vr = known
        if vr == "SQ":
            elements[key], at = _read_sequence(data, at, length, end, encoding, elements, _read_implicit)
            continue
        after = at + length
        if after > end:
            raise UnusualError if length == UNDEFINED else _beyond(data, end)
        if " or " in vr:
            vr = _chosen_vr(tag, vr, elements)
        if not length:
            elements[key] = None
        elif length > LONGEST or vr.encode() in BINARY:
            elements[key] = left_out(vr, length)
        else:
            elements[key] = value = decode(vr.encode(), data[at:after], encoding)
            if tag in _SPECIAL:
                encoding = _mind(tag, key, value, encoding, elements)
        at = after
    return at


def _read_sequence(
    data: bytes | mmap, at: int, length: int, end: int, encoding: str, parent: Elements, reader: _Reader
) -> tuple[list[Elements], int]:
    """Return the items of a sequence and where it ends."""
    stop = end if length == UNDEFINED else at + length
    if stop > end:
        raise _beyond(data, end)
    items: list[Elements] = []
    while at + 8 <= stop:
        tag, n_bytes = _WORDS(data, at)
        at += 8
        if tag == SEQUENCE_END and length == UNDEFINED:
            return items, at
        if tag != ITEM:
            raise UnusualError
        item = _Item(parent)
        item_end = stop if n_bytes == UNDEFINED else at + n_bytes
        if item_end > stop:
            raise _beyond(data, stop)
        after = reader(data, at, item_end, encoding, item)
        if n_bytes == UNDEFINED and _WORDS(data, after - 8)[0] != ITEM_END:
            raise _beyond(data, item_end)
        if n_bytes != UNDEFINED and after != item_end:
            raise UnusualError
        items.append(item)
        at = after
    if length == UNDEFINED or at != stop:
        raise _beyond(data, stop)
    return items, at


class _Item(dict[str, Any]):
    """An item that knows what it is in, as the VR of some elements depends on the image's."""

    def __init__(self, parent: Elements) -> None:
        super().__init__()
        self.parent = parent


def _beyond(data: bytes | mmap, end: int) -> Exception:
    """Return what running over an end means: more bytes are needed, or the lengths contradict each other."""
    return ShortError() if end == len(data) else UnusualError()


def _mind(tag: int, key: str, value: Any, encoding: str, elements: Elements) -> str:
    """Heed an element that says how others are read; return the encoding from there on.

    A LUT descriptor's number of entries is unsigned whatever its VR.
    """
    if tag != CHARACTER_SET:
        if isinstance(value, list) and isinstance(value[0], int) and value[0] < 0:
            elements[key] = [value[0] + 65_536, *value[1:]]
        return encoding
    found = ENCODINGS.get(value) if isinstance(value, str | None) else None
    if found is None:
        raise UnusualError
    return found


def _unnamed_vr(tag: int, vr: bytes, elements: Elements) -> bytes:
    """Return the VR of a private, repeating or unknown element, or of one whose VR is given as unknown."""
    if vr != b"UN":
        return vr
    number = tag >> 16
    if is_private(tag):
        if 0x10 <= number <= 0xFF:
            return b"LO"
        known = private_vr(tag, elements.get(tag_name(word(tag & 0xFFFF, number >> 8)))) if number > 0xFF else "UN"
        if known.encode() not in SHORT | BINARY:
            raise UnusualError
        return known.encode()
    # Overlays and curves are in repeating groups, which only pydicom's dictionary knows.
    raise UnusualError


def _chosen_vr(tag: int, vr: str, elements: Elements) -> str:
    """Return the VR of an element that has several: signed numbers where the pixels are signed."""
    if tag == word(0x0028, 0x3006):  # LUTData: a single number, or as many as its descriptor says
        descriptor = elements.get("LUTDescriptor")
        if not isinstance(descriptor, list):
            raise UnusualError
        return "US" if descriptor[0] == 1 else "OW"
    if vr == "OB or OW":
        return "OW"
    if vr != "US or SS":
        raise UnusualError
    root = elements
    while isinstance(root, _Item) and "PixelRepresentation" not in root:
        root = root.parent
    signed = root.get("PixelRepresentation")
    if signed is None and root is not elements:
        raise UnusualError  # the image's own comes later in the file
    return "SS" if signed else "US"
