"""Sections of a report: headings on their own line, as in MIMIC-CXR, and inline ("INDICATION: ... FINDINGS: ...").

The names are those of the MIMIC-CXR section parser (Johnson et al. 2019, https://github.com/MIT-LCP/mimic-cxr,
``txt``). These are its rules corrected: every difference is in ``differences.yml``, the rules as they are in
`nlp.sections.official`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from operator import itemgetter

from nlp.report import Section
from nlp.rules.compile import Lexicon
from nlp.sections import official

MAX_HEADING_WORDS = 7
BEFORE_COLON = re.compile(r"[A-Za-z][A-Za-z ()/,&-]*$")
BARE_LINE = re.compile(r"\n[ \t]*([A-Z][A-Z ()/,&-]{3,40}?)[ \t\r]*(?![^\n])")
"""A line of capitals; it starts at a line break, put before the text for its first line, to be found fast."""
OPENING = re.compile(
    r"\n[ \t]*(?:((?:FINAL )?ADDENDUM|Addendum(?=[^\n:]{1,60}:))|(WET ?READ|Wet [Rr]ead(?=[^\n:]{1,60}:)))\b"
)
"""A line that starts so opens an addendum or a wet read, whatever follows on it: a version, a name, a time."""
RULE = re.compile(r"\n[ \t]*(_{10,})[ \t\r]*(?![^\n])")
"""A line drawn across the report, as between a wet read and the final report."""
OWN_LINE = re.compile(r"(?:^|\n)[ \t]*[A-Z][A-Z0-9 ()/,&#.-]*$")
PARAGRAPH = re.compile(r"\n[ \t\r]*\n")
CHEST_VIEW = re.compile(r"chest|portable|lateral|frontal|views?\b|\b[pa]a?p? view|ribs|bone window")
PARTS = {
    "impression": "impression", "findings": "findings", "history": "history", "comparison": "comparison",
    "addendum": "addendum", "indication": "indication", "reason for": "indication", "technique": "technique",
}  # fmt: skip
"""What an unlisted line of capitals that holds it opens; the first one counts."""
VIEW_WORDS = frozenset({
    "the", "of", "and", "chest", "cxr", "portable", "bedside", "pa", "ap", "lat", "lateral", "frontal", "single",
    "one", "two", "three", "four", "view", "views", "upright", "semi-upright", "semi-erect", "erect", "supine",
    "x-ray", "x-rays", "xray", "radiograph", "radiographs", "film", "films", "exam", "examination",
})  # fmt: skip
"""The title of an examination, "Chest PA & Lat 2 views", is made of these, of digits and of `VIEWED`."""
VIEWED = frozenset({"chest", "cxr", "portable"})
BETWEEN_WORDS = re.compile(r"[\s(),/&+.]+(?:-+[\s(),/&+.]+)*")
ENDS = frozenset({"", "\n", ".", ":", "!", "?", "_"})
"""What a line ends in that the next one does not run on from; nothing and a line break are a blank line."""

CASCADE = ("impression", "findings", "last_paragraph")
LABEL_TEXT = (*official.CASCADE, "report", "wet_read", "addendum")
"""Which section stands for a report: the last of the first kind there is. The published kinds, then what is left."""

TEXT_POLICIES = {
    "findings+impression": "every section that counts: findings, impression, and the whole text without headings",
    "mimic": "the last impression, else the last findings, else the last paragraph; without any, all that counts",
}
"""Which sections are labeled. ``mimic`` is the text that MIMIC-CXR-JPG's labels were made from (Johnson et al. 2019,
arXiv 1901.07042; ``create_section_files.py`` of the code repository)."""

WHOLE = "report"
"""Name of the only section of a text without headings, and of what follows "FINAL REPORT" or a line drawn across."""

APART = ("addendum", "wet_read")
MAIN = ("findings", "impression")


Heading = tuple[str, str | None, int, int]
"""Section, words as written, start of the heading, start of the body. Plain tuples: they are made for every heading."""
Span = tuple[str, str | None, int, int]
"""Section, words of its heading, start and end, with the blanks at its ends."""


def split(text: str, lexicon: Lexicon) -> tuple[Section, ...]:
    """Split a report into sections.

    Text before the first heading is the section ``preamble``; a text without headings is one section, ``report``. Where
    neither findings nor impression has a heading, the last section from its second paragraph on is ``last_paragraph``.
    Findings and impression of an addendum or a wet read belong to it.

    Returns
    -------
    tuple of Section
        In text order, without empty ones; ``text`` is the body, blanks at its ends left out.
    """
    headings = _kept_apart(_headings(text, lexicon)) if ":" in text or "\n" in text else []
    if not headings:
        return _written(text, [(WHOLE, None, 0, len(text))], lexicon)
    spans: list[Span] = [("preamble", None, 0, headings[0][2])]
    ends = [start for _, _, start, _ in headings[1:]] + [len(text)]
    spans += [(name, written, body, end) for (name, written, _, body), end in zip(headings, ends, strict=True)]
    if not any(name in MAIN and text[start:end].strip() for name, _, start, end in spans):
        _split_last_paragraph(text, spans)
    return _written(text, spans, lexicon)


def label_text(sections: Iterable[Section]) -> str:
    """Return the text that stands for a report, as its labels were made from it: that of the marked section, or none.

    Under the official rules it is the text that MIMIC-CXR-JPG's labels were made from; under the corrected ones the
    last section of the first of `LABEL_TEXT`.
    """
    return next((section.text for section in sections if section.is_label_text), "")


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


def _split_last_paragraph(text: str, spans: list[Span]) -> None:
    """Split the last section of the report itself where its second paragraph starts."""
    place = max(i for i, span in enumerate(spans) if span[0] not in APART)
    name, written, start, end = spans[place]
    first = start + len(text[start:end]) - len(text[start:end].lstrip())
    if match := PARAGRAPH.search(text, first, end):
        spans[place : place + 1] = [
            (name, written, start, match.start()),
            ("last_paragraph", None, match.end(), end),
        ]


def _written(text: str, spans: list[Span], lexicon: Lexicon) -> tuple[Section, ...]:
    """Return the sections that hold more than blanks."""
    filled = []
    for name, written, start, end in spans:
        body = text[start:end].lstrip()
        first = end - len(body)
        if body := body.rstrip():
            filled.append((name, first, body, written))
    unlabeled = lexicon.unlabeled
    chosen = official.last_of_first_kind([name for name, *_ in filled], LABEL_TEXT)
    return tuple(
        [
            Section(name, i, first, first + len(body), body, name not in unlabeled, written, i == chosen)
            for i, (name, first, body, written) in enumerate(filled)
        ]
    )


def _headings(text: str, lexicon: Lexicon) -> list[Heading]:
    """Return the headings in text order."""
    found: list[Heading] = []
    colon = text.find(":")
    while colon >= 0:
        line_start = text.rfind("\n", max(0, colon - 80), colon) + 1 or max(0, colon - 80)
        line = text[line_start:colon]
        if heading := _heading(line, lexicon) or _lower_case_heading(text, line_start, line, lexicon):
            name, written, offset = heading
            found.append((name, written, line_start + offset, colon + 1))
        colon = text.find(":", colon + 1)
    if "\n" in text:
        lines = "\n" + text
        found += [
            (lexicon.headings[line], match[1], match.start(1) - 1, match.end(1) - 1)
            for match in BARE_LINE.finditer(lines)
            if (line := " ".join(match[1].lower().split())) in lexicon.headings
        ]
        if any(words in text for words in ("DDENDUM", "ddendum", "WET", "Wet")):
            starts = {start for _, _, start, _ in found}
            found += [
                ("addendum" if match[1] else "wet_read", match[match.lastindex or 0], start, match.end() - 1)
                for match in OPENING.finditer(lines)
                if (start := match.start(match.lastindex or 0) - 1) not in starts
            ]
        if "__________" in text:
            found += [(WHOLE, None, match.start(1) - 1, match.end(1) - 1) for match in RULE.finditer(lines)]
    return sorted(found, key=itemgetter(2))


def _kept_apart(headings: list[Heading]) -> list[Heading]:
    """Give findings and impression of an addendum or a wet read its name.

    It ends with "FINAL REPORT" or a line drawn across. Without findings or impression before it or after its end, it is
    but a remark before a report.
    """
    names = [name for name, *_ in headings]
    if "addendum" not in names and "wet_read" not in names:
        return headings
    apart, is_main_read = "", False
    for i, name in enumerate(names):
        if name == WHOLE:
            apart = ""
        elif name in APART:
            rest = names[i + 1 :]
            is_main_ahead = WHOLE in rest and any(later in MAIN for later in rest[rest.index(WHOLE) :])
            apart = name if is_main_read or is_main_ahead else ""
        elif name in MAIN and apart:
            headings[i] = (apart, *headings[i][1:])
        elif name in MAIN:
            is_main_read = True
    return headings


@lru_cache(10_000)  # a warehouse's reports share their headings
def _heading(line: str, lexicon: Lexicon) -> tuple[str, str, int] | None:
    """Return section name, words and start of the heading that a line, up to a colon, ends in."""
    written = line.strip()
    if _is_view_title(written) and written.lower() not in lexicon.headings:
        return "findings", written, line.find(written)
    heading = _own_line_heading(line, lexicon)
    if not heading and (before := BEFORE_COLON.search(line.rstrip())):
        heading = _known_heading(before.group(), lexicon)
    if not heading:
        return None
    name, written = heading
    return name, written, line.rfind(written)


def _is_view_title(line: str) -> bool:
    words = set(filter(None, BETWEEN_WORDS.split(line.lower())))
    return not words.isdisjoint(VIEWED) and all(word in VIEW_WORDS or word.isdigit() for word in words)


def _lower_case_heading(text: str, line_start: int, line: str, lexicon: Lexicon) -> tuple[str, str, int] | None:
    """Return a known heading in lower case that a line starts with, if the line before does not run on into it."""
    written = line.strip()
    name = lexicon.headings.get(written)
    if not name or (line_start and text[line_start - 1] != "\n"):
        return None
    before = text[max(0, line_start - 200) : max(0, line_start - 1)].rstrip(" \t\r")
    return (name, written, line.find(written)) if before[-1:] in ENDS else None


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
    for part, name in PARTS.items():
        if part in lowered:
            return name, written
    return ("findings", written) if CHEST_VIEW.search(lowered) else None
