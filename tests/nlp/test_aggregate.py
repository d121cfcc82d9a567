"""Mentions to study labels."""

from __future__ import annotations

import pytest

from nlp.aggregate import indexed_findings, study_labels
from nlp.report import Assertion, Mention


def mention(finding: str, assertion: Assertion, cue: str | None = None) -> Mention:
    return Mention("findings", 0, 0, 1, "x", finding, assertion, None, None, "rule", cue)


@pytest.mark.parametrize(
    ("assertions", "value"),
    [
        (["absent"], 0),
        (["uncertain", "absent"], -1),
        (["absent", "uncertain", "present"], 1),
        (["present", "absent"], 1),
    ],
)
def test_precedence(assertions: list[Assertion], value: int) -> None:
    assert study_labels([mention("edema", assertion) for assertion in assertions], is_read=True)["edema"] == value


def test_counts_for_the_wider_finding() -> None:
    labels = study_labels([mention("fibrosis", "present"), mention("infiltration", "absent")], is_read=True)
    assert labels == {"fibrosis": 1, "infiltration": 0, "lung_opacity": 1}


def test_no_finding() -> None:
    assert study_labels([], is_read=True) == {"no_finding": 1}
    assert study_labels([], is_read=False) == {}
    assert study_labels([mention("support_devices", "present")], is_read=True)["no_finding"] == 1
    assert study_labels([mention("edema", "absent")], is_read=True)["no_finding"] == 1
    assert "no_finding" not in study_labels([mention("other_finding", "uncertain")], is_read=True)


def test_unchanged_says_least() -> None:
    stable = mention("cardiomegaly", "uncertain", "stable")
    assert study_labels([stable], {"stable"}, is_read=True) == {"cardiomegaly": -1, "no_finding": 1}
    assert study_labels([stable, mention("cardiomegaly", "absent")], {"stable"}, is_read=True)["cardiomegaly"] == 0


def test_indexed() -> None:
    mentions = [
        mention("fibrosis", "present"),
        mention("edema", "uncertain", "or"),
        mention("mass", "uncertain", "may"),
        mention("hernia", "absent"),
    ]
    labels = study_labels(mentions, is_read=True)
    assert indexed_findings(labels, mentions, {"or"}) == {"fibrosis", "lung_opacity", "edema"}
    assert indexed_findings(labels) == {"fibrosis", "lung_opacity"}
