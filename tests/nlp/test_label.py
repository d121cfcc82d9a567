"""The labeler as a whole: evidence, attributes, and what holds for every text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxr
from nlp.engines.phrase_labeler import CxrLabeler
from nlp.rules.compile import default_lexicon
from nlp.rules.phrases import expand
from nlp.rules.shapes import FindingRule
from nlp.sections.sentences import split

BARE = sorted(
    {
        phrase
        for rule in default_lexicon().rules.values()
        if isinstance(rule, FindingRule) and not rule.observable and not rule.reads
        for pattern in rule.phrases
        if "{" not in pattern
        for phrase in expand(pattern)[:3]
    }
)
WORDS = (
    "No possible effusion pneumothorax edema or and , . heart enlarged is normal XXXX may represent seen FINDINGS:"
    " History: not cannot exclude excluded with stable calcified nodule ? ;"
)
PIECES = st.sampled_from([*WORDS.split(), "\n", "\x00", "\u0130"])


def check_evidence(text: str) -> None:
    report = cxr.label(text)
    for mention in report.mentions:
        assert text[mention.start : mention.end] == mention.text
        section = next(part for part in report.sections if part.start <= mention.start and mention.end <= part.end)
        assert (section.section, section.is_label_source) == (mention.section, True)
        if mention.cue_start is not None and mention.cue_end is not None:
            low, high = min(mention.start, mention.cue_start), max(mention.end, mention.cue_end)
            bounds = [(section.start + start, section.start + end) for start, end in split(section.text)]
            assert any(start <= low and high <= end for start, end in bounds)
    assert set(report.labels.values()) <= {1, 0, -1}


@given(st.lists(PIECES, max_size=30).map(" ".join))
@settings(max_examples=200, deadline=None)
def test_evidence_lies_in_the_text(text: str) -> None:
    check_evidence(text)


@given(st.text(max_size=200))
@settings(deadline=None)
def test_any_text(text: str) -> None:
    check_evidence(text)


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_bytes_read_as_text(content: bytes) -> None:
    check_evidence(content.decode("utf-8", "replace"))
    check_evidence(content.decode("latin-1"))


@given(st.sampled_from(BARE))
@settings(max_examples=200, deadline=None)
def test_no_before_a_finding_is_never_positive(phrase: str) -> None:
    assert all(mention.assertion == "absent" for mention in cxr.label(f"No {phrase}.").mentions)


def test_empty() -> None:
    report = cxr.label("")
    assert (report.sections, report.mentions, report.labels) == ((), (), {})


@pytest.mark.parametrize(
    "unit", ["No effusion or edema, ", "(" * 50, "A:", "\n", "XXXX ", "no no no ", "Small effusion. "]
)
def test_long_texts_take_linear_time(unit: str) -> None:
    started = time.perf_counter()
    cxr.label(unit * (20_000 // len(unit)))
    assert time.perf_counter() - started < 5


def test_five_megabytes() -> None:
    text = "The heart is enlarged. No pleural effusion or pneumothorax. " * 84_000
    labels = cxr.label(text).labels
    assert labels["cardiomegaly"] == 1
    assert labels["pleural_effusion"] == 0


def test_evidence() -> None:
    (mention,) = cxr.label("FINDINGS: There is no pleural effusion.").mentions
    assert (mention.text, mention.cue_rule_id, mention.rule_id) == ("pleural effusion", "absent.no", "effusion.named")
    assert (mention.cue_start, mention.cue_end, mention.sentence) == (19, 21, 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Small left pleural effusion.", ("left", None, "small", None)),
        ("Stable moderate cardiomegaly.", (None, None, "moderate", "stable")),
        ("New right upper lobe consolidation.", ("right", "upper lobe", None, "new")),
        ("Consolidation in the left lower lobe.", ("left", "lower lobe", None, None)),
        ("Worsening bilateral edema.", ("bilateral", None, None, "worse")),
        ("Tiny apical pneumothorax.", (None, "apex", "trace", None)),
        ("Left effusion, right atelectasis.", ("left", None, None, None)),
        ("The left effusion has resolved.", ("left", None, None, "resolved")),
    ],
)
def test_attributes(text: str, expected: tuple[str | None, ...]) -> None:
    mention = cxr.label(text).mentions[0]
    assert (mention.laterality, mention.location, mention.severity, mention.change) == expected


def test_cache_changes_nothing() -> None:
    texts = ["No effusion. Mild edema.", "Mild edema. No effusion.", "HISTORY: edema. FINDINGS: Mild edema."] * 2
    assert list(CxrLabeler(cache_size=0).label_texts(texts)) == list(CxrLabeler(cache_size=2).label_texts(texts))
