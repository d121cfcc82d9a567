"""What is wrong with a lexicon although it can be read: rules that cannot act, and rules that nobody tried."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlp.engines.phrase_labeler import CxrLabeler
from nlp.rules.compile import LEXICON, N_KINDS, Lexicon, load_lexicon
from nlp.rules.lexicon_files import LINE, read_yaml
from nlp.rules.phrases import expand, literal_phrases
from nlp.rules.shapes import FindingRule, SectionRule
from nlp.rules.table import phrase_table
from nlp.rules.trie import find, words_of
from nlp.sections import corrected, sentences
from nlp.workbench.examples import failures, section_failures
from warehouse.errors import ConfigError

RULE_ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
NO_MENTION = frozenset({"no_finding"})
"""Findings that no phrase mentions."""

RawRule = tuple[str, dict[str, Any], dict[str, str]]
"""File and line, the rule as it is written, and the file's terms."""

RULE_KEYS = ("findings", "cues", "attributes", "sections", "rules")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong with a rule, or with a file.

    Attributes
    ----------
    where : str
        File and line.
    rule : str
        Its id, or the key at fault.
    what : str
        What is wrong, and what to do about it.
    """

    where: str
    rule: str
    what: str


def lint(folder: str | Path = LEXICON, scheme: str | Path | None = None) -> list[Problem]:
    """Return what is wrong with the rule files of a folder, and a user's scheme on top of them.

    Looks for phrases that say nothing the rule's others do not, phrases and headings that cannot be found, rules
    without an example, examples that do not hold, findings without a rule, terms that nothing uses, and ids of
    another form than ``area.name``. What makes a file unreadable is the one problem then.

    Parameters
    ----------
    folder, scheme
        As of `nlp.rules.compile.load_lexicon`.

    Examples
    --------
    >>> import cxr
    >>> from pathlib import Path
    >>> _ = Path("own.yml").write_text("rules: [{id: edema.wet, finding: edema, phrases: [wet lungs], examples: {}}]")
    >>> [(problem.rule, problem.what) for problem in cxr.lint(scheme="own.yml")]
    [('edema.wet', 'no example: add one that this rule decides')]
    """
    folder, scheme = Path(folder), Path(scheme) if scheme else None
    try:
        lexicon = load_lexicon(folder, scheme)
    except ConfigError as error:
        return [Problem(error.where, "", f"{error.what}. {error.fix}".rstrip(". "))]
    paths = [*sorted(folder.glob("*.yml")), *([scheme] if scheme else [])]
    documents = {path: read_yaml(path) for path in paths}
    raw_rules = [
        (f"{path.name}:{raw[LINE]}", raw, document.get("terms", {}))
        for path, document in documents.items()
        for key in RULE_KEYS
        for raw in document.get(key, ())
        if not (path == scheme and key == "findings")
    ]
    places = {raw["id"]: where for where, raw, _ in raw_rules}
    found = [Problem(where, raw["id"], what) for where, raw, terms in raw_rules for what in _of_rule(raw, terms)]
    found += [Problem(places[rule], rule, what) for rule, what in _unreachable(lexicon, raw_rules)]
    found += [Problem(places[rule], rule, f"the example {what}") for rule, what in _failing(lexicon, raw_rules)]
    found += [Problem("finding.csv", finding, "no rule mentions it: write one") for finding in _unmentioned(lexicon)]
    for path, document in documents.items():
        found += [Problem(path.name, term, "this term is not used: remove it") for term in _unused_terms(document)]
    return sorted(set(found))


def _of_rule(raw: dict[str, Any], terms: dict[str, str]) -> Iterator[str]:
    if not RULE_ID.fullmatch(raw["id"]):
        yield "the id is not of the form area.name, in lower case"
    if not {*raw.get("examples", ())} - {LINE}:
        yield "no example: add one that this rule decides"
    phrases = {phrase: set(literal_phrases([phrase], terms)) for phrase in raw.get("phrases", ())}
    for phrase, words in phrases.items():
        others = set[tuple[str, ...]]().union(*(words for other, words in phrases.items() if other != phrase))
        if words <= others:
            yield f"the rule's other phrases cover '{phrase}': remove it"


def _unreachable(lexicon: Lexicon, raw_rules: list[RawRule]) -> Iterator[tuple[str, str]]:
    """Yield what is not found even where it stands alone, as no sentence runs across it or no heading is like it."""
    for kind, phrase, rule_id, _ in phrase_table(lexicon):
        # Nothing splits a phrase of plain words.
        is_plain = phrase.replace(" ", "").isalpha()
        if rule_id and not is_plain and not any(rule_id == rule.id for rule in _found_alone(phrase, kind, lexicon)):
            yield rule_id, f"the phrase '{phrase}' is never found: remove it"
    for _, raw, _ in raw_rules:
        for heading in (text for pattern in raw.get("headings", ()) for text in expand(pattern)):
            if raw["id"] not in [part.section for part in corrected.split(f"{heading.capitalize()}: words", lexicon)]:
                yield raw["id"], f"the heading '{heading}' is never found: remove it"


def _found_alone(phrase: str, kind: int, lexicon: Lexicon) -> Iterator[Any]:
    for part in corrected.split(phrase, lexicon):
        for start, end in sentences.split(part.text):
            words = words_of(part.text[start:end])
            for first, last, rule in find(words, lexicon.trie, N_KINDS)[kind]:
                if words[first:last] == phrase.split(" "):
                    yield rule


def _failing(lexicon: Lexicon, raw_rules: list[RawRule]) -> Iterator[tuple[str, str]]:
    labeler = CxrLabeler(lexicon)
    for rule in lexicon.rules.values():
        yield from ((rule.id, what) for what in failures(rule, labeler))
    for _, raw, _ in raw_rules:
        if "headings" in raw:
            section = SectionRule(**{key: value for key, value in raw.items() if key != LINE})
            yield from ((section.id, what) for what in section_failures(section, lexicon))


def _unmentioned(lexicon: Lexicon) -> list[str]:
    rules = (rule for rule in lexicon.rules.values() if isinstance(rule, FindingRule))
    mentioned = {finding for rule in rules for finding in (rule.finding, *rule.also, *rule.becomes)}
    return sorted(lexicon.findings.keys() - mentioned - NO_MENTION)


def _unused_terms(document: dict[str, Any]) -> list[str]:
    written = str([raw for key in RULE_KEYS for raw in document.get(key, ())])
    return [term for term in document.get("terms", {}) if term != LINE and "{" + term + "}" not in written]
