"""medspaCy's ConText behind the protocol: offsets, assertions, sections, robustness, silence."""

from __future__ import annotations

import warnings

import pytest

from nlp.engines.medspacy_context import PIECE, MedspacyContextLabeler, target_phrases
from nlp.rules.compile import default_lexicon

REPORT = (
    "INDICATION: Pneumonia.\n\nFINDINGS: No evidence of pneumothorax. Small pleural effusion.\n\n"
    "IMPRESSION: Possible pneumonia. History of rib fracture. Heart size is normal."
)


@pytest.fixture(scope="module")
def labeler() -> MedspacyContextLabeler:
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        return MedspacyContextLabeler()


def label(labeler, text):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        (report,) = labeler.label_texts([text])
    return report


def test_assertions_sections_and_offsets(labeler):
    report = label(labeler, REPORT)
    found = [(m.section, m.sentence, m.finding, m.assertion) for m in report.mentions]
    assert found == [
        ("findings", 1, "pneumothorax", "absent"),
        ("findings", 2, "pleural_effusion", "present"),
        ("impression", 3, "pneumonia", "uncertain"),
    ]
    assert all(REPORT[m.start : m.end] == m.text for m in report.mentions)
    cues = [REPORT[m.cue_start : m.cue_end] if m.cue_start is not None else None for m in report.mentions]
    assert cues == ["No evidence of", None, "Possible"]
    assert report.labels == {"pneumothorax": 0, "pleural_effusion": 1, "pneumonia": -1}
    assert [section.section for section in report.sections] == ["indication", "findings", "impression"]


def test_order_and_empty_texts(labeler):
    reports = list(labeler.label_texts(["No edema.", "", "\n\x00", "Edema."] * 20))
    assert [report.labels.get("edema") for report in reports] == [0, None, None, 1] * 20
    assert reports[1].labels == {}
    assert reports[:4] * 20 == reports


def test_long_text(labeler):
    text = "Clear lungs today" * (PIECE // 15) + ". Pleural effusion."
    (mention,) = label(labeler, text).mentions
    assert text[mention.start : mention.end] == "Pleural effusion"


def test_phrases_are_the_lexicons(labeler):
    phrases = dict(target_phrases(default_lexicon().trie))
    assert phrases["pleural effusion"].finding == "pleural_effusion"
    assert not any(rule.observable for rule in phrases.values())
    assert labeler.nlp.pipe_names == ["sentencizer", "medspacy_target_matcher", "medspacy_context"]
    assert labeler.lexicon_sha != default_lexicon().sha
