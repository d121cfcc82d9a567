"""Sections by the rules of the MIMIC-CXR code repository: the text that the published labels were made from.

``section_parser.py`` and ``create_section_files.py`` of MIT-LCP/mimic-cxr (since 2021 in MIT-LCP/mimic-code,
``mimic-iv-cxr/txt``; Johnson et al., Sci Data 2019;6:317) define them. A heading is a line break, one blank, words in
capitals, a colon and a blank; whatever is written otherwise is no heading. `nlp.sections.corrected` corrects that;
``differences.yml`` lists every difference.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from nlp.report import Section
from warehouse.findings import read_seed

NAMES = Path(__file__).with_name("official_names.csv")
HEADING = re.compile(r"\n ([A-Z ()/,-]+):\s")
PARAGRAPH = "\n \n"
CASCADE = ("impression", "findings", "last_paragraph", "comparison")
"""The label text is the last section of the first of these kinds that a report has."""

PARTS = ("impression", "findings", "history", "comparison", "addendum")
"""A name that is not in the table but holds one of these is named so; the first one counts."""

VIEWS = re.compile(
    "chest|portable|pa and lateral|lateral and pa|ap and lateral|lateral and ap|frontal and|two views|frontal view"
    "|pa view|ap view|one view|lateral view|bone window|frontal upright|frontal semi-upright|ribs|pa and lat"
)
"""Any other name that holds one of these is the title of an examination: ``findings``."""

SLICE = "slice"
"""Name of the only section of a report whose label text the repository gives by its place."""


class Span(NamedTuple):
    """A section with its blanks: ``text[start:end]`` is what the published parser returns."""

    section: str
    start: int
    end: int
    heading: str | None


class Exceptions(NamedTuple):
    """Reports of MIMIC-CXR that the repository treats by their study id.

    Attributes
    ----------
    sections : mapping of str to str
        Study to the name of the section that its label text is in.
    slices : mapping of str to (int, int)
        Study to the place of its label text; ``(0, 0)`` for none.
    """

    sections: Mapping[str, str]
    slices: Mapping[str, tuple[int, int]]


@cache
def names() -> dict[str, str]:
    """Return section name by heading, both in lower case."""
    with NAMES.open(newline="", encoding="utf-8") as file:
        return {row["header"]: row["section"] for row in csv.DictReader(file)}


@cache
def exceptions() -> Exceptions:
    """Return the exceptions by study id: 23 sections and 31 slices, 8 of them empty."""
    rows = read_seed("section_exception")
    sections = {row["study_id"]: row["value"] for row in rows if row["rule"] == "section"}
    slices = {row["study_id"]: _place(row["value"]) for row in rows if row["rule"] == "slice"}
    return Exceptions(sections, slices | {row["study_id"]: (0, 0) for row in rows if row["rule"] == "no_text"})


def _place(value: str) -> tuple[int, int]:
    start, _, end = value.partition(":")
    return int(start), int(end)


def parse(text: str) -> list[Span]:
    """Return the sections of a text as the published parser does, its line breaks being line feeds.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of Span
        In text order, with the blanks at their ends; may hold empty ones. Without a heading the text is one section,
        ``full report``.
    """
    spans = _headed(text) or [Span("full report", 0, len(text), None)]
    spans = [span for span in spans if span.section not in ("impression", "findings") or _is_filled(text, span)]
    if not any(span.section in ("impression", "findings") for span in spans):
        last = spans[-1]
        if (end := text.find(PARAGRAPH, last.start, last.end)) >= 0:
            spans[-1] = last._replace(end=end)
            spans.append(Span("last_paragraph", end + len(PARAGRAPH), last.end, None))
    return spans


def _headed(text: str) -> list[Span]:
    spans: list[Span] = []
    found = HEADING.search(text)
    if found:
        spans.append(Span("preamble", 0, found.start(1), None))
    while found:
        written, start = found[1], found.end()
        # From the next line break on; where the blank was one, the line after the heading is not searched.
        line_end = text.find("\n", start)
        found = HEADING.search(text, line_end) if line_end >= 0 else None
        end = found.start() if found else len(text)
        spans.append(Span(section_name(written), start, end, written.strip()))
    return spans


def _is_filled(text: str, span: Span) -> bool:
    return bool(text[span.start : span.end].strip())


@lru_cache(10_000)
def section_name(heading: str) -> str:
    """Return the normalised name of a heading: by the table, else by a part, else by a view, else as it is."""
    written = heading.lower().strip()
    if written in names():
        return names()[written]
    for part in PARTS:
        if part in written:
            return part
    return "findings" if VIEWS.search(written) else written


def split(text: str, dataset: str = "", study_id: str = "") -> tuple[Section, ...]:
    """Return the sections of a report, the one that holds its label text marked.

    The published script opens reports in text mode, so that a carriage return, with a line feed or without, is a line
    break; so it is here, and the offsets are those of the text as given. Blanks at the ends of a section are left out,
    as the script does before it writes one; a slice keeps them.

    Parameters
    ----------
    text : str
    dataset, study_id : str
        Reports of ``mimic_cxr`` in `exceptions` are treated as the script does: the label text of some is the last
        section of another name (empty where the report has none; the script stops there), and some are not parsed:
        they have one section, ``slice``, or none.

    Returns
    -------
    tuple of Section
        In text order. Where none is marked, the label text is empty.
    """
    read, place = _in_text_mode(text)
    special = exceptions() if dataset == "mimic_cxr" else None
    if special and study_id in special.slices:
        start, end = special.slices[study_id]
        spans = [Span(SLICE, min(start, len(read)), min(end, len(read)), None)] if end else []
        kinds: tuple[str, ...] = (SLICE,)
    else:
        spans = [_stripped(read, span) for span in parse(read)]
        forced = special.sections.get(study_id) if special else None
        kinds = CASCADE if forced is None else (forced,)
    chosen = last_of_first_kind([span.section for span in spans], kinds)
    return tuple(
        Section(name, i, place(start), place(end), text[place(start) : place(end)], i == chosen, heading, i == chosen)
        for i, (name, start, end, heading) in enumerate(spans)
    )


def last_of_first_kind(sections: list[str], kinds: Iterable[str]) -> int | None:
    """Return the place of the last section of the first kind that there is one of."""
    for kind in kinds:
        if kind in sections:
            return len(sections) - 1 - sections[::-1].index(kind)
    return None


def _stripped(text: str, span: Span) -> Span:
    body = text[span.start : span.end]
    start = span.start + len(body) - len(body.lstrip())
    return span._replace(start=start, end=start + len(body.strip()))


def _in_text_mode(text: str) -> tuple[str, Callable[[int], int]]:
    """Return a text with line feeds for line breaks, and what turns its offsets into those of the text as given."""
    if "\r" not in text:
        return text, int
    places = [i for i, character in enumerate(text) if character != "\n" or text[i - 1 : i] != "\r"]
    places.append(len(text))
    return text.replace("\r\n", "\n").replace("\r", "\n"), places.__getitem__
