"""Headers that pydicom reads: big-endian, deflated, without a preamble, or written against the rules."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from warehouse.dicom.elements import Elements
from warehouse.dicom.errors import UnreadableError
from warehouse.dicom.values import BINARY, LONGEST, finite, left_out


def read(path: Path) -> Elements:
    """Return the elements of a file as pydicom reads them.

    Raises
    ------
    UnreadableError
        ``not_dicom`` or ``truncated``.
    """
    import pydicom
    from pydicom.errors import InvalidDicomError

    is_forced = _has_no_preamble(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            dataset = pydicom.dcmread(path, stop_before_pixels=True, force=is_forced)
            elements = elements_of(dataset.file_meta) | elements_of(dataset)
        except InvalidDicomError:
            raise UnreadableError("not_dicom", "is not a DICOM file") from None
        except EOFError:
            raise UnreadableError("truncated", "ends within its header") from None
        except UnreadableError:
            raise
        except Exception as error:  # noqa: BLE001  # damaged headers make pydicom fail in many ways
            raise UnreadableError("damaged", f"pydicom cannot read its header ({type(error).__name__})") from None
    if is_forced and not {"SOPInstanceUID", "SOPClassUID", "Modality"} & elements.keys():
        raise UnreadableError("not_dicom", "is not a DICOM file")
    return elements


def _has_no_preamble(path: Path) -> bool:
    """Tell whether a file may be a DICOM file that begins with its first element, as those before 1993 do."""
    with path.open("rb") as file:
        head = file.read(132)
    return head[128:] != b"DICM" and head[:2] in {b"\x08\0", b"\x02\0", b"\0\x08", b"\0\x02"}


def elements_of(dataset: Any) -> Elements:
    """Return a pydicom data set as this package's elements."""
    from pydicom.datadict import dictionary_has_tag, keyword_for_tag

    elements: Elements = {}
    for tag in sorted(dataset.keys()):
        if not tag.element:
            continue
        raw = dataset.get_item(tag)
        length = getattr(raw, "length", None)
        if isinstance(length, int) and length != 0xFFFFFFFF and len(raw.value or b"") < length:
            raise UnreadableError("truncated", "ends within its header")
        named = dictionary_has_tag(tag) and not tag.is_private and keyword_for_tag(tag)
        key = named or f"({tag.group:04x},{tag.element:04x})"
        elements[key] = _value(dataset[tag], length)
    return elements


def _value(element: Any, length: int | None) -> Any:
    value = element.value
    if element.VR == "SQ":
        return [elements_of(item) for item in value]
    if value is None or length == 0:
        return None
    if length is None:  # pydicom had to convert it while reading
        length = len(value) if isinstance(value, str | bytes) else 0
    if length > LONGEST or element.VR.encode() in BINARY or isinstance(value, bytes):
        return left_out(element.VR, length)
    return _plain(value, element.VR)


def _plain(value: Any, vr: str) -> Any:
    if vr == "AT":
        tags = value if isinstance(value, list) or hasattr(value, "append") else [value]
        names = [f"({tag >> 16:04x},{tag & 0xFFFF:04x})" for tag in map(int, tags)]
        return names[0] if len(names) == 1 else names
    if hasattr(value, "append"):
        return [_plain(part, vr) for part in value] if vr in {"DS", "IS"} else [_kept(part) for part in value]
    kept = _kept(value)
    return None if kept == "" else kept


def _kept(value: Any) -> Any:
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return finite(float(value))
    return str(value)
