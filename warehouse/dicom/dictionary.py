"""Keyword and value representation (VR) of every element, from pydicom's copy of DICOM PS3.6.

Only the table is loaded: importing pydicom takes most of a second in each worker process, and only unusual files need
it.

Tags are kept as they are read from a little-endian file by one 32-bit word: the element's number in the high half, the
group's in the low half.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any


def word(group: int, element: int) -> int:
    """Return a tag as a little-endian file's word."""
    return element << 16 | group


@lru_cache(maxsize=1 << 12)
def tag_name(tag: int) -> str:
    """Return ``(gggg,eeee)`` for a word."""
    return f"({tag & 0xFFFF:04x},{tag >> 16:04x})"


def _table(module: str, name: str) -> dict[Any, Any]:
    package = find_spec("pydicom")
    assert package is not None
    assert package.submodule_search_locations
    spec = spec_from_file_location(module, Path(package.submodule_search_locations[0]) / f"{module}.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = module_from_spec(spec)
    spec.loader.exec_module(loaded)
    table: dict[Any, Any] = getattr(loaded, name)
    return table


def _elements() -> dict[int, tuple[str, str]]:
    return {
        word(tag >> 16, tag & 0xFFFF): (keyword, vr)
        for tag, (vr, _, _, _, keyword) in _table("_dicom_dict", "DicomDictionary").items()
        if keyword and tag & 0xFFFF
    }


@cache
def _private_elements() -> dict[str, dict[str, tuple[str, ...]]]:
    return _table("_private_dict", "private_dictionaries")


def private_vr(tag: int, creator: object) -> str:
    """Return the VR of a manufacturer's element, UN if not known.

    Parameters
    ----------
    creator : object
        Value of the element that names the manufacturer's block.
    """
    known = _private_elements().get(creator) if isinstance(creator, str) else None
    if known is None:
        return "UN"
    group, element = f"{tag & 0xFFFF:04X}", f"{tag >> 16:04X}"
    keys = (f"{group}{element}", f"{group}xx{element[2:]}", f"{group[:2]}xxxx{element[2:]}")
    return next((known[key][0] for key in keys if key in known), "UN")


ELEMENTS: dict[int, tuple[str, str]] = _elements()
"""Keyword and VR by tag; without repeating groups, group lengths and private elements, which have no keyword."""
KEYWORDS: dict[int, str] = {tag: keyword for tag, (keyword, _) in ELEMENTS.items()}

CHARACTER_SET = word(0x0008, 0x0005)
LUT_DESCRIPTORS = frozenset(
    {word(0x0028, 0x1101), word(0x0028, 0x1102), word(0x0028, 0x1103), word(0x0028, 0x3002)}
)  # fmt: skip
PIXELS = frozenset({word(0x7FE0, 0x0008), word(0x7FE0, 0x0009), word(0x7FE0, 0x0010)})
ITEM, ITEM_END, SEQUENCE_END = word(0xFFFE, 0xE000), word(0xFFFE, 0xE00D), word(0xFFFE, 0xE0DD)


def is_private(tag: int) -> bool:
    """Tell whether an element is a manufacturer's own."""
    return bool(tag & 1)


def is_group_length(tag: int) -> bool:
    """Tell whether an element says how long its group is: a fact about the file, not about the image."""
    return not tag >> 16
