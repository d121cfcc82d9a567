"""Keyword and value representation (VR) of every element, from pydicom's copy of DICOM PS3.6.

Only the table is loaded: importing pydicom takes most of a second in each worker process, and only unusual files need
it.

Tags are kept as they are read from a little-endian file by one 32-bit word: the element's number in the high half, the
group's in the low half.
"""

from __future__ import annotations

from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any


def word(group: int, element: int) -> int:
    """Return a tag as a little-endian file's word."""
    return element << 16 | group


def tag_name(tag: int) -> str:
    """Return ``(gggg,eeee)`` for a word."""
    return f"({tag & 0xFFFF:04x},{tag >> 16:04x})"


def _load() -> dict[int, tuple[str, str]]:
    package = find_spec("pydicom")
    assert package is not None
    assert package.submodule_search_locations
    path = Path(package.submodule_search_locations[0]) / "_dicom_dict.py"
    spec = spec_from_file_location("_dicom_dict", path)
    assert spec is not None
    assert spec.loader is not None
    module: Any = module_from_spec(spec)
    spec.loader.exec_module(module)
    return {
        word(tag >> 16, tag & 0xFFFF): (keyword, vr)
        for tag, (vr, _, _, _, keyword) in module.DicomDictionary.items()
        if keyword and tag & 0xFFFF
    }


ELEMENTS: dict[int, tuple[str, str]] = _load()
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
