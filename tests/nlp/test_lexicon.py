"""Every rule is right about its own examples, and every rule has some."""

from __future__ import annotations

import pytest

import nlp
from nlp.compile import default_lexicon
from nlp.report import Mention
from nlp.rules import CueRule, FindingRule

RULES = default_lexicon().rules
SILENT = {"neutral", "stop"}
"""Categories that decide by keeping other cues away."""

FINDING_EXAMPLES = [
    (rule.id, text, assertion)
    for rule in RULES.values()
    if isinstance(rule, FindingRule)
    for text, assertion in rule.examples.items()
]
CUE_EXAMPLES = [
    (rule.id, text, expected)
    for rule in RULES.values()
    if isinstance(rule, CueRule)
    for text, expected in rule.examples.items()
]


def by_rule(text: str, rule_id: str) -> list[Mention]:
    return [mention for mention in nlp.label(text).mentions if mention.rule_id == rule_id]


@pytest.mark.parametrize(("rule_id", "text", "assertion"), FINDING_EXAMPLES)
def test_finding_example(rule_id: str, text: str, assertion: str) -> None:
    assertions = {mention.assertion for mention in by_rule(text, rule_id)}
    assert assertions == (set() if assertion == "none" else {assertion})


@pytest.mark.parametrize(("rule_id", "text", "expected"), CUE_EXAMPLES)
def test_cue_example(rule_id: str, text: str, expected: dict[str, str]) -> None:
    mentions = nlp.label(text).mentions
    rule = RULES[rule_id]
    category = rule.category if isinstance(rule, CueRule) else ""
    if category == "ignore":
        assert not mentions
    for finding, assertion in expected.items():
        found = [mention for mention in mentions if mention.finding == finding]
        assert [mention.assertion for mention in found] == [assertion]
        if category not in SILENT:
            assert [mention.cue_rule_id for mention in found] == [rule_id]


def test_every_rule_has_examples() -> None:
    assert [rule.id for rule in RULES.values() if isinstance(rule, FindingRule | CueRule) and not rule.examples] == []
