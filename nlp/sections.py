"""Sections of a report: headings on their own line, as in MIMIC-CXR, and inline ("INDICATION: ... FINDINGS: ...").

The names are those of the MIMIC-CXR section parser (Johnson et al. 2019, https://github.com/MIT-LCP/mimic-cxr,
``txt``); unlike it, headings need no leading blank and may stand in running text, and character offsets are kept.
"""

from __future__ import annotations

import re
from functools import lru_cache

from nlp.compile import Lexicon
from nlp.report import Section

MAX_HEADING_WORDS = 7
BEFORE_COLON = re.compile(r"[A-Za-z][A-Za-z ()/,&-]*$")
BARE_LINE = re.compile(r"\n[ \t]*([A-Z][A-Z ()/,&-]{3,40}?)[ \t\r]*(?![^\n])")
"""A line of capitals; it starts at a line break, put before the text for its first line, to be found fast."""
OWN_LINE = re.compile(r"(?:^|\n)[ \t]*[A-Z][A-Z ()/,-]*$")
PARAGRAPH = re.compile(r"\n[ \t\r]*\n")
CHEST_VIEW = re.compile(r"chest|portable|lateral|frontal|views?\b|\b[pa]a?p? view|ribs|bone window")

CASCADE = ("impression", "findings", "last_paragraph")
TEXT_POLICIES = {
    "findings+impression": "every section that counts: findings, impression, and the whole text without headings",
    "mimic": "the last impression, else the last findings, else the last paragraph; without any, all that counts",
}
"""Which sections are labeled. ``mimic`` is the text that MIMIC-CXR-JPG's labels were made from (Johnson et al. 2019,
arXiv 1901.07042; ``create_section_files.py`` of the code repository)."""

WHOLE = "report"
"""Name of the only section of a text without headings."""


def split(text: str, lexicon: Lexicon) -> tuple[Section, ...]:
    """Split a report into sections.

    Text before the first heading is the section ``preamble``; a text without headings is one section, ``report``. Where
    neither findings nor impression has a heading, the last section from its second paragraph on is ``last_paragraph``.

    Returns
    -------
    tuple of Section
        In text order, without empty ones; ``text`` is the body, blanks at its ends left out.
    """
    headings = _headings(text, lexicon) if ":" in text or "\n" in text else []
    if not headings:
        return tuple(_written(text, [(WHOLE, 0, len(text))], lexicon))
    spans = [("preamble", 0, headings[0][1])]
    ends = [start for _, start, _ in headings[1:]] + [len(text)]
    spans += [(name, body, end) for (name, _, body), end in zip(headings, ends, strict=True)]
    if not any(name in ("findings", "impression") and text[start:end].strip() for name, start, end in spans):
        spans += _last_paragraph(text, spans)
    return tuple(_written(text, spans, lexicon))


def counted(parts: tuple[Section, ...], text_policy: str) -> list[Section]:
    """Return the sections of a report that are labeled under a text policy, one of `TEXT_POLICIES`."""
    if text_policy == "mimic":
        for name in CASCADE:
            if of_name := [section for section in parts if section.section == name]:
                return of_name[-1:]
    return [section for section in parts if section.is_label_source]


def counted_text(text: str, lexicon: Lexicon) -> str:
    """Return the sections of a report whose mentions count, joined by blank lines."""
    return "\n\n".join(section.text for section in split(text, lexicon) if section.is_label_source)


def _last_paragraph(text: str, spans: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    name, start, end = spans[-1]
    first = start + len(text[start:end]) - len(text[start:end].lstrip())
    if not (match := PARAGRAPH.search(text, first, end)):
        return []
    spans[-1] = (name, start, match.start())
    return [("last_paragraph", match.end(), end)]


def _written(text: str, spans: list[tuple[str, int, int]], lexicon: Lexicon) -> list[Section]:
    """Return the sections that hold more than blanks."""
    sections: list[Section] = []
    unlabeled = lexicon.unlabeled
    for name, start, end in spans:
        body = text[start:end].lstrip()
        first = end - len(body)
        if body := body.rstrip():
            sections.append(Section(name, len(sections), first, first + len(body), body, name not in unlabeled))
    return sections


def _headings(text: str, lexicon: Lexicon) -> list[tuple[str, int, int]]:
    """Return section name, start of the heading and start of the body, in text order."""
    found = []
    colon = text.find(":")
    while colon >= 0:
        line_start = text.rfind("\n", max(0, colon - 80), colon) + 1 or max(0, colon - 80)
        if heading := _heading(text[line_start:colon], lexicon):
            name, offset = heading
            found.append((name, line_start + offset, colon + 1))
        colon = text.find(":", colon + 1)
    if "\n" in text:
        found += [
            (lexicon.headings[line], match.start(1) - 1, match.end(1) - 1)
            for match in BARE_LINE.finditer("\n" + text)
            if (line := " ".join(match.group(1).lower().split())) in lexicon.headings
        ]
    return sorted(found, key=lambda heading: heading[1])


@lru_cache(10_000)  # a warehouse's reports share their headings
def _heading(line: str, lexicon: Lexicon) -> tuple[str, int] | None:
    """Return section name and start of the heading that a line, up to a colon, ends in."""
    if not (before := BEFORE_COLON.search(line.rstrip())):
        return None
    if not (heading := _own_line_heading(line, lexicon) or _known_heading(before.group(), lexicon)):
        return None
    name, written = heading
    return name, line.rfind(written)


def _known_heading(written: str, lexicon: Lexicon) -> tuple[str, str] | None:
    """Return section name and heading if the words before a colon end in a known one, in capitals or capitalised."""
    words = written.split(" ")
    for first in range(max(0, len(words) - MAX_HEADING_WORDS), len(words)):
        candidate = " ".join(words[first:]).lstrip("( ,/-")
        name = lexicon.headings.get(" ".join(candidate.lower().replace("(s)", "s").split()))
        if name and candidate[0].isupper():
            return name, candidate
    return None


def _own_line_heading(line: str, lexicon: Lexicon) -> tuple[str, str] | None:
    """Return section name and heading of a line in capitals; unlisted ones are named as the MIMIC-CXR parser does."""
    written = line.strip()
    if len(written) < 4 or written != written.upper() or not OWN_LINE.match(line):
        return None
    lowered = " ".join(written.lower().replace("(s)", "s").split())
    if lowered in lexicon.headings:
        return lexicon.headings[lowered], written
    for part in ("impression", "findings", "history", "comparison", "addendum"):
        if part in lowered:
            return part, written
    return ("findings", written) if CHEST_VIEW.search(lowered) else None
