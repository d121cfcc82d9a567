"""Signs in a header that a file still says who the patient is.

Checked are what the header says of itself (PatientIdentityRemoved, BurnedInAnnotation) and the elements listed in
``identifying_element.csv``: those of the Basic Application Level Confidentiality Profile (DICOM PS3.15, Table E.1-1)
that name a patient, a member of staff, an order or a place. Not checked are PatientID, dates and UIDs, which a
de-identified release replaces and keeps (MIMIC-CXR's ids are numbers of its own, its dates shifted), names of devices,
free text, private elements, and what is written into the pixels.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path
from typing import Any

from warehouse.dicom.elements import Elements

_LIST = Path(__file__).with_name("identifying_element.csv")

_DUMMY = re.compile(
    r"[\s_^*x0.,=/-]*|(anon(ymi[sz]ed|ymous|ymi[sz]e)?|de-?identified|removed|redacted|unknown|none|null|n/?a|no value"
    r"|not available|dummy|patient|name|subject|test)[\W_\d]*([\W_]+(anon(ymi[sz]ed|ymous)?|patient|name|removed|id)"
    r"[\W_\d]*)*|(1900|0001|1800)0101",
    re.IGNORECASE,
)
"""What a de-identification puts in place of a value: blanks, masks, words for nothing, dates of no birth."""


@cache
def identifying_keywords() -> frozenset[str]:
    """Return the keywords of the elements that must be empty or hold a dummy."""
    with _LIST.open(encoding="utf-8", newline="") as file:
        return frozenset(row["keyword"] for row in csv.DictReader(file))


def identifying_elements(elements: Elements) -> list[str]:
    """Return the keywords of the elements that make a file look identified, in order; never their values.

    Parameters
    ----------
    elements : dict
        Header values by keyword; sequences are searched too.
    """
    found = _filled(elements)
    if _is(elements, "PatientIdentityRemoved", "NO"):
        found.add("PatientIdentityRemoved")
    if _is(elements, "BurnedInAnnotation", "YES"):
        found.add("BurnedInAnnotation")
    return sorted(found)


def _filled(elements: Elements) -> set[str]:
    found = set()
    for keyword, value in elements.items():
        is_listed = keyword in identifying_keywords()
        if isinstance(value, list) and value and isinstance(value[0], dict):
            inner = set().union(*map(_filled, value))
            found |= inner
            if is_listed and not inner and any(_says_something(part) for item in value for part in item.values()):
                found.add(keyword)
        elif is_listed and _says_something(value):
            found.add(keyword)
    return found


def _says_something(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_says_something, value))
    if isinstance(value, dict):
        return True
    return value is not None and not _DUMMY.fullmatch(str(value))


def _is(elements: Elements, keyword: str, answer: str) -> bool:
    value = elements.get(keyword)
    return isinstance(value, str) and value.strip().upper() == answer
