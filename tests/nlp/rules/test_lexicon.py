"""Every rule is right about its own examples, and every rule has some."""

from __future__ import annotations

import pytest

from nlp.engines.phrase_labeler import CxrLabeler
from nlp.rules.compile import default_lexicon
from nlp.rules.shapes import CueRule, FindingRule, PhraseRule
from nlp.workbench.examples import failures

RULES = default_lexicon().rules
LABELER = CxrLabeler()


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_examples(rule: PhraseRule) -> None:
    assert list(failures(rule, LABELER)) == []


def test_failures_are_found() -> None:
    """An example that does not hold is told, whatever is wrong with it."""
    finding = FindingRule("x.y", "edema", [], {"No zebra.": "present", "No edema.": "none"})
    assert list(failures(finding, LABELER)) == ["'No zebra.' gives none, not present"]
    cue = CueRule("absent.x", "absent", "forward", [], {"No edema.": {"edema": "absent", "pneumonia": "absent"}})
    decided, missed = failures(cue, LABELER)
    assert "not by this rule" in decided
    assert missed == "'No edema.' gives pneumonia none, not absent"
    ignore = CueRule("ignore.x", "ignore", "forward", [], {"No edema.": {}})
    assert "should ignore" in next(failures(ignore, LABELER))


def test_every_rule_has_examples() -> None:
    assert [rule.id for rule in RULES.values() if isinstance(rule, FindingRule | CueRule) and not rule.examples] == []
