"""Mentions to study labels."""

from __future__ import annotations

import pytest

from nlp.engines.aggregate import AGGREGATIONS, indexed_findings, study_labels
from nlp.report import Assertion, Mention
from nlp.rules.compile import default_lexicon


def mention(finding: str, assertion: Assertion, cue: str | None = None) -> Mention:
    return Mention("findings", 0, 0, 1, "x", finding, assertion, None, None, "rule", cue)


LEXICON = default_lexicon()
STABLE, ALTERNATIVE = min(LEXICON.unchanged_cues), min(LEXICON.indexed_cues)


@pytest.mark.parametrize(
    ("assertions", "ours", "chexpert", "negbio"),
    [
        (["absent"], 0, 0, 0),
        (["uncertain"], -1, -1, -1),
        (["present"], 1, 1, 1),
        (["present", "absent"], 1, 1, 1),
        (["uncertain", "present"], 1, 1, 1),
        (["uncertain", "absent"], -1, -1, 0),
        (["absent", "uncertain", "present"], 1, -1, 0),
    ],
)
def test_orders(assertions: list[Assertion], ours: int, chexpert: int, negbio: int) -> None:
    mentions = [mention("edema", assertion) for assertion in assertions]
    labels = {name: study_labels(mentions, LEXICON, name, is_read=True)["edema"] for name in AGGREGATIONS}
    assert labels == {"cxr": ours, "chexpert": chexpert, "negbio": negbio}


def test_counts_for_the_wider_finding() -> None:
    labels = study_labels([mention("fibrosis", "present"), mention("infiltration", "absent")], LEXICON, is_read=True)
    assert labels == {"fibrosis": 1, "infiltration": 0, "lung_opacity": 1}


def test_no_finding() -> None:
    assert study_labels([], LEXICON, is_read=True) == {"no_finding": 1}
    assert study_labels([], LEXICON, is_read=False) == {}
    assert study_labels([mention("support_devices", "present")], LEXICON, is_read=True)["no_finding"] == 1
    assert study_labels([mention("edema", "absent")], LEXICON, is_read=True)["no_finding"] == 1
    assert "no_finding" not in study_labels([mention("other_finding", "uncertain")], LEXICON, is_read=True)


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_unchanged_says_least(aggregation: str) -> None:
    stable = mention("cardiomegaly", "uncertain", STABLE)
    labels = study_labels([stable], LEXICON, aggregation, is_read=True)
    assert labels == {"cardiomegaly": -1, "no_finding": 1}
    for assertion, value in (("absent", 0), ("uncertain", -1), ("present", 1)):
        labels = study_labels([stable, mention("cardiomegaly", assertion)], LEXICON, aggregation, is_read=True)
        assert labels["cardiomegaly"] == value


def test_indexed() -> None:
    mentions = [
        mention("fibrosis", "present"),
        mention("edema", "uncertain", ALTERNATIVE),
        mention("mass", "uncertain", "may"),
        mention("hernia", "absent"),
    ]
    labels = study_labels(mentions, LEXICON, is_read=True)
    assert indexed_findings(labels, mentions, LEXICON) == {"fibrosis", "lung_opacity", "edema"}
    assert indexed_findings(labels, [], LEXICON) == {"fibrosis", "lung_opacity"}
    mentions.append(mention("edema", "absent"))
    denied = study_labels(mentions, LEXICON, "negbio", is_read=True)
    assert indexed_findings(denied, mentions, LEXICON) == {"fibrosis", "lung_opacity"}
