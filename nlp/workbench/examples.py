"""What the examples of a rule claim, tried on a labeler."""

from __future__ import annotations

from collections.abc import Iterator

from nlp.engines.phrase_labeler import CxrLabeler
from nlp.rules.compile import Lexicon
from nlp.rules.shapes import AttributeRule, CueRule, FindingRule, PhraseRule, SectionRule
from nlp.sections import corrected

SILENT = frozenset({"neutral", "stop"})
"""Categories that decide by keeping other cues away: no mention names them."""


def failures(rule: PhraseRule, labeler: CxrLabeler) -> Iterator[str]:
    """Yield a line for every example of a rule that the labeler reads differently."""
    if isinstance(rule, FindingRule):
        for text, assertion in rule.examples.items():
            found = {m.assertion for m in labeler.label(text).mentions if m.rule_id == rule.id}
            if found != ({assertion} - {"none"}):
                yield f"'{text}' gives {', '.join(sorted(found)) or 'none'}, not {assertion}"
    elif isinstance(rule, CueRule):
        for text, expected in rule.examples.items():
            mentions = labeler.label(text).mentions
            if rule.category == "ignore" and mentions:
                yield f"'{text}' gives a mention of {mentions[0].finding}, which the cue should ignore"
            for finding, assertion in expected.items():
                of_finding = [m for m in mentions if m.finding == finding]
                if [m.assertion for m in of_finding] != [assertion]:
                    given = ", ".join(m.assertion for m in of_finding) or "none"
                    yield f"'{text}' gives {finding} {given}, not {assertion}"
                elif rule.category not in SILENT and of_finding[0].cue_rule_id != rule.id:
                    yield f"'{text}': {finding} is decided by {of_finding[0].cue_rule_id or 'no cue'}, not by this rule"
    elif isinstance(rule, AttributeRule):
        for text in rule.examples:
            values = [getattr(mention, rule.attribute) for mention in labeler.label(text).mentions]
            if rule.value not in values:
                yield f"'{text}' gives {rule.attribute} {', '.join(map(str, values)) or 'none'}, not {rule.value}"


def section_failures(rule: SectionRule, lexicon: Lexicon) -> Iterator[str]:
    """Yield a line for every example of a section that has no such section."""
    for text in rule.examples:
        found = {section.section: section.is_label_source for section in corrected.split(text, lexicon)}
        if found.get(rule.id) != rule.is_label_source:
            yield f"'{text}' has the sections {', '.join(found) or 'none'}"
