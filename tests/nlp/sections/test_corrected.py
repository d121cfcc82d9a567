"""Headings on their own line, inline, and none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.rules.compile import default_lexicon
from nlp.sections.corrected import split

MIMIC = """                                 FINAL REPORT
 EXAMINATION:  CHEST (PA AND LAT)

 INDICATION:  ___F with cough // pneumonia?

 TECHNIQUE:  Chest PA and lateral

 COMPARISON:  None.

 FINDINGS:

 Clear lungs.  No effusion.

 IMPRESSION:

 Normal.
"""


def names(text: str) -> list[str]:
    return [section.section for section in split(text, default_lexicon())]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The lungs are clear.", ["report"]),
        ("", []),
        (" \n ", []),
        (MIMIC, ["examination", "indication", "technique", "comparison", "findings", "impression"]),
        ("INDICATION: Cough. FINDINGS: Clear lungs. IMPRESSION: Normal.", ["indication", "findings", "impression"]),
        ("cough FINDINGS: clear", ["preamble", "findings"]),
        ("Comparison: None. Findings: Clear.", ["comparison", "findings"]),
        ("FINDINGS\nClear lungs.\nIMPRESSION\nNormal.", ["findings", "impression"]),
        ("Clinical History: Pain.\nConclusion: Normal.", ["history", "impression"]),
        ("REASON FOR EXAM: pain. FINDINGS: Clear.", ["indication", "findings"]),
        (" IMPRESSON: Normal.", ["impression"]),
        (" FINDINGS AND IMPRESSION: Normal.", ["impression"]),
        (" RECOMMENDATION(S): Follow up.\n IMPRESSION: Normal.", ["recommendations", "impression"]),
        (" PORTABLE SUPINE VIEW: Clear.", ["findings"]),
        ("FINDINGS: Lungs: clear. Heart: normal.", ["findings"]),
        ("FINDINGS: \n\nIMPRESSION: Normal.", ["impression"]),
        ("The tip is 3 cm from: the carina.", ["report"]),
        (" COMPARISON: ___.\n\n The lungs are clear.\n\n No effusion.", ["comparison", "last_paragraph"]),
        ("INDICATION: Cough.", ["indication"]),
    ],
)
def test_names(text: str, expected: list[str]) -> None:
    assert names(text) == expected


def test_sources_of_labels() -> None:
    sources = {section.section for section in split(MIMIC, default_lexicon()) if section.is_label_source}
    assert sources == {"findings", "impression"}


@given(
    st.lists(
        st.sampled_from(["FINDINGS:", "IMPRESSION:", "History:", "\n", "\n\n", "word", "Word.", "x:", " ", "___", ":"])
    )
)
def test_offsets(parts: list[str]) -> None:
    text = " ".join(parts)
    sections = split(text, default_lexicon())
    assert [section.ordinal for section in sections] == list(range(len(sections)))
    last = 0
    for section in sections:
        assert section.start >= last
        assert text[section.start : section.end] == section.text
        last = section.end
