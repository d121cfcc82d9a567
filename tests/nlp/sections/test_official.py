"""The official section rules against golden cases, an oracle written another way, and the list of differences."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nlp.report import Section
from nlp.rules.compile import default_lexicon
from nlp.sections import corrected, official
from nlp.sections.official import exceptions, names, parse, split
from tests.support import ROOT

CASES = yaml.safe_load((Path(__file__).parent / "official.yml").read_text(encoding="utf-8"))
DIFFERENCES = yaml.safe_load((ROOT / "nlp" / "sections" / "differences.yml").read_text(encoding="utf-8"))["differences"]
PAGE = ROOT / "docs" / "how-to" / "sections.md"

HEADING_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ ()/,-")
VIEWS = """chest|portable|pa and lateral|lateral and pa|ap and lateral|lateral and ap|frontal and|two views|frontal view
pa view|ap view|one view|lateral view|bone window|frontal upright|frontal semi-upright|ribs|pa and lat"""


def oracle(text: str) -> list[tuple[str, str]]:
    """Read line by line what the published parser finds with a search: names and texts."""
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    headings: list[tuple[str, int, int, int]] = []  # name, start of its line break, of its words, of its body
    skipped = -1
    for i, line in enumerate(lines):
        words, colon, rest = line.partition(":")
        if i in (0, skipped) or not colon or words[:1] != " " or len(words) < 2:
            continue
        has_blank = rest[:1].isspace() if rest else i + 1 < len(lines)
        if not set(words) <= HEADING_LETTERS or not has_blank:
            continue
        headings.append((words[1:], starts[i] - 1, starts[i] + 1, starts[i] + len(words) + 2))
        # Where the blank was the line break itself, the next line is not looked at.
        if not rest:
            skipped = i + 1
    if headings:
        ends = [start for _, start, _, _ in headings[1:]] + [len(text)]
        found = [("preamble", text[: headings[0][2]])]
        found += [(name(words), text[body:end]) for (words, _, _, body), end in zip(headings, ends, strict=True)]
    else:
        found = [("full report", text)]
    found = [(kind, body) for kind, body in found if kind not in ("impression", "findings") or body.strip()]
    if not {"impression", "findings"} & {kind for kind, _ in found}:
        kind, body = found.pop()
        first, *more = body.split("\n \n")
        found.append((kind, first))
        if more:
            found.append(("last_paragraph", "\n \n".join(more)))
    return found


def name(words: str) -> str:
    key = words.lower().strip()
    if key in names():
        return names()[key]
    parts = [part for part in ("impression", "findings", "history", "comparison", "addendum") if part in key]
    views = [view for view in re.split(r"[|\n]", VIEWS) if view in key]
    return (parts + (["findings"] if views else []) + [key])[0]


def oracle_label(found: list[tuple[str, str]]) -> tuple[str, str]:
    last = dict(found)
    for kind in ("impression", "findings", "last_paragraph", "comparison"):
        if kind in last:
            return kind, last[kind].strip()
    return "", ""


def parsed(text: str) -> list[tuple[str, str]]:
    return [(span.section, text[span.start : span.end]) for span in parse(text)]


def label(found: tuple[Section, ...]) -> tuple[str, str]:
    return next(((section.section, section.text) for section in found if section.is_label_text), ("", ""))


headings = st.sampled_from(
    [
        *(name.upper() for name in names()), "CHEST PA", "PORTABLE SUPINE", "FINAL IMPRESSION", "OTHER (X-Y)", " ", "(",
        "Findings", "CHEST 2 VIEWS", "TWO VIEWS OF", "ADDENDUM TO HISTORY", "NDICATION", "RIBS, LEFT", "FRONTAL AND",
    ]
)  # fmt: skip
pieces = st.one_of(
    st.builds("{}{}:{}".format, st.sampled_from(["\n ", "\n", "\n  ", "\n\t", " ", "\n \n "]), headings,
              st.sampled_from([" ", "  ", "\n", "", "\n\n", "\t", "\n \n", "\x0b", "\xa0"])),
    st.sampled_from(["Clear.", " ", "\n", "\n \n", "\n\n", "\n ", "___", ":", "A:", "word ", "\t", "\x85", "\u2028"]),
    st.text(" \n:AB", max_size=6),
)  # fmt: skip
reports = st.lists(pieces, max_size=14).map("".join)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_golden_cases(case: dict[str, Any]) -> None:
    assert parsed(case["text"]) == [tuple(pair) for pair in case["sections"]]
    assert label(split(case["text"])) == tuple(case["label"])
    assert oracle(case["text"]) == parsed(case["text"])


@settings(max_examples=600, deadline=None)
@given(reports)
@example("\n FINDINGS:\n IMPRESSION: x")
@example("\n FINDINGS:\n IMPRESSION: x\n")
def test_equal_to_the_oracle(text: str) -> None:
    assert parsed(text) == oracle(text)
    assert label(split(text)) == oracle_label(oracle(text))


@settings(max_examples=200, deadline=None)
@given(reports, st.sampled_from(["\r\n", "\r"]))
def test_other_line_breaks_are_those_of_text_mode(text: str, line_break: str) -> None:
    found, written = split(text), split(given_text := text.replace("\n", line_break))
    assert [(s.section, s.heading, s.is_label_text) for s in written] == [
        (s.section, s.heading, s.is_label_text) for s in found
    ]
    assert [s.text.replace(line_break, "\n") for s in written] == [s.text for s in found]
    assert all(given_text[s.start : s.end] == s.text for s in written)


@settings(max_examples=200, deadline=None)
@given(reports)
def test_offsets_and_stripping(text: str) -> None:
    found = split(text)
    assert [section.ordinal for section in found] == list(range(len(found)))
    assert sum(section.is_label_text for section in found) <= 1
    for section, (kind, body) in zip(found, oracle(text), strict=True):
        assert (section.section, section.text) == (kind, body.strip())
        assert text[section.start : section.end] == section.text


def test_exceptions_are_those_published() -> None:
    forced, slices = exceptions()
    assert (len(forced), len(slices), sum(place == (0, 0) for place in slices.values())) == (23, 31, 8)
    assert not forced.keys() & slices.keys()


def test_forced_section() -> None:
    text = "\n RECOMMENDATION(S): Clear.\n RECOMMENDATIONS: Normal.\n IMPRESSION: None."
    assert label(split(text, "mimic_cxr", "50913680")) == ("recommendations", "Normal.")
    assert label(split(text, "other", "50913680")) == ("impression", "None.")
    assert label(split("\n IMPRESSION: None.", "mimic_cxr", "50913680")) == ("", "")


def test_slice_is_taken_as_it_is() -> None:
    text = "".join(chr(ord("a") + i % 26) for i in range(500)).replace("z", " ")
    (section,) = split(text, "mimic_cxr", "50525523")
    assert (section.section, section.start, section.end, section.is_label_text) == ("slice", 201, 349, True)
    assert section.text == text[201:349]
    short = split(text[:300], "mimic_cxr", "50525523")
    assert [part.text for part in short] == [text[201:300]]
    breaks = "a\r\n" * 300
    (section,) = split(breaks, "mimic_cxr", "50525523")
    assert section.text.replace("\r\n", "\n") == breaks.replace("\r\n", "\n")[201:349]


def test_no_text() -> None:
    assert split("\n IMPRESSION: Clear.", "mimic_cxr", "50798377") == ()


def starred(found: tuple[Section, ...]) -> list[list[str]]:
    return [["*" * section.is_label_text + section.section, section.text] for section in found]


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference["id"])
def test_differences(difference: dict[str, Any]) -> None:
    text = difference["text"]
    assert starred(split(text, "mimic_cxr", difference.get("study_id", ""))) == difference["official_sections"]
    assert starred(corrected.split(text, default_lexicon())) == difference["corrected_sections"]
    assert difference["official_sections"] != difference["corrected_sections"]


def test_the_page_shows_the_differences() -> None:
    rows = [f"| `{row['id']}` | {row['official']} | {row['corrected']} | {row['reason']} |" for row in DIFFERENCES]
    table = PAGE.read_text(encoding="utf-8").partition("| id | official | corrected | why |\n")[2].splitlines()
    assert table[1:] == rows


def test_label_text_is_the_marked_section() -> None:
    text = "\n FINDINGS: Clear.\n IMPRESSION: Normal.\n"
    assert (
        corrected.label_text(split(text)) == corrected.label_text(corrected.split(text, default_lexicon())) == "Normal."
    )
    assert corrected.label_text(split("\n HISTORY: Cough.")) == ""
    assert corrected.LABEL_TEXT[:4] == official.CASCADE
