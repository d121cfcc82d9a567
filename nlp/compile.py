"""From the lexicon's YAML to checked rules and one trie of literal phrases."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import TypeAdapter, ValidationError

from nlp.match import Trie
from nlp.phrases import expand, literal_phrases
from nlp.report import Assertion
from nlp.rules import AttributeRule, CueRule, FindingRule, PhraseRule, Rule, SectionRule
from warehouse.errors import ConfigError
from warehouse.findings import findings

LEXICON = Path(__file__).resolve().parent / "lexicon"
LINE = "__line__"
ASSERTIONS: tuple[str, ...] = get_args(Assertion)

FINDING, CUE, STATE, CONTEXT, ATTRIBUTE = range(5)
N_KINDS = 5
STATES = frozenset({"normal", "enlarged", "borderline", "stable"})
"""Categories of cue that speak of what every radiograph shows."""


@dataclass(frozen=True, eq=False)
class Lexicon:
    """Everything the labeler knows.

    Attributes
    ----------
    sha : str
        sha256 of the rules, comments and examples left out.
    trie : Trie
        Every phrase of every kind.
    rules : dict of str to rule
        Every finding, cue and attribute rule by id.
    contexts : dict of str to dict of str to str
        Finding rule's id to neighbouring phrase to the finding it makes of the mention.
    headings : dict of str to str
        Heading in lower case to section name.
    unlabeled : frozenset of str
        Sections whose mentions do not count.
    """

    sha: str
    trie: Trie
    rules: dict[str, PhraseRule]
    contexts: dict[str, dict[str, str]]
    headings: dict[str, str]
    unlabeled: frozenset[str]

    def cues(self) -> list[CueRule]:
        """Return the cue rules."""
        return [rule for rule in self.rules.values() if isinstance(rule, CueRule)]


class _Loader(yaml.CSafeLoader):
    """Loads mappings with the line they start on, and refuses a key given twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        if len(mapping) < len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "a key is given twice", node.start_mark)
        mapping[LINE] = node.start_mark.line + 1
        return mapping


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a rule file; every mapping carries its line under ``__line__``.

    Raises
    ------
    ConfigError
        Not readable, not YAML, or not a mapping.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"rule file cannot be read: {error.__class__.__name__}", where=path) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path.name}:{mark.line + 1}" if mark else path.name
        raise ConfigError(f"not valid YAML: {getattr(error, 'problem', error)}", where=where) from None
    if not isinstance(content, dict):
        raise ConfigError("a rule file is a mapping", where=path.name)
    return content


def load_lexicon(folder: Path = LEXICON) -> Lexicon:
    """Read, check and compile the rule files of a folder.

    Raises
    ------
    ConfigError
        The first thing wrong, with file, line, rule id and reason.
    """
    trie = Trie()
    rules: dict[str, PhraseRule] = {}
    contexts: dict[str, dict[str, str]] = {}
    content: dict[str, Any] = {"findings": [[f.id, f.parent, f.blocks_no_finding] for f in findings().values()]}
    sources: list[tuple[Path, str, type[PhraseRule], int]] = [
        *((path, "findings", FindingRule, FINDING) for path in sorted(folder.glob("findings*.yml"))),
        (folder / "cues.yml", "cues", CueRule, CUE),
        (folder / "attributes.yml", "attributes", AttributeRule, ATTRIBUTE),
    ]
    for path, key, form, kind in sources:
        document = content[path.name] = read_yaml(path)
        _check_keys(document, {key, "terms"}, path)
        terms = {name: term for name, term in document.get("terms", {}).items() if name != LINE}
        for raw in document[key]:
            rule, where = _read_rule(form, raw, path)
            if rule.id in rules:
                raise ConfigError(f"rule id '{rule.id}' is used twice", where=where, fix="Give each rule its own id")
            rules[rule.id] = rule
            try:
                is_state = isinstance(rule, CueRule) and rule.category in STATES
                _add_rule(trie, rule, STATE if is_state else kind, terms)
                if isinstance(rule, FindingRule):
                    contexts[rule.id] = _add_contexts(trie, rule, terms)
            except ValueError as error:
                raise ConfigError(f"rule '{rule.id}': {error}", where=where) from None
    sections = content["sections"] = read_yaml(folder / "sections.yml")
    headings, unlabeled = _read_sections(sections, folder / "sections.yml")
    sha = hashlib.sha256(json.dumps(_decisive(content), sort_keys=True).encode()).hexdigest()
    return Lexicon(sha, trie, rules, contexts, headings, unlabeled)


def _read_rule[Form: Rule](form: type[Form], raw: object, path: Path) -> tuple[Form, str]:
    if not isinstance(raw, dict):
        raise ConfigError("a rule is a mapping", where=path.name)
    where = f"{path.name}:{raw[LINE]}"
    given = _without_lines(raw)
    try:
        rule = TypeAdapter(form).validate_python(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"rule '{given.get('id', '?')}', {place}: {first['msg']}", where=where) from None
    if isinstance(rule, FindingRule):
        named = {rule.finding, *rule.also, *rule.becomes}
        expected = set(rule.examples.values())
        readings = {*rule.reads, *rule.reads.values()}
    else:
        named = {finding for given in getattr(rule, "examples", {}).values() for finding in given}
        expected = {value for given in getattr(rule, "examples", {}).values() for value in given.values()}
        readings = set()
    if unknown := sorted(named - set(findings())):
        raise ConfigError(
            f"rule '{rule.id}': no finding '{unknown[0]}'", where=where, fix="Findings are in finding.csv"
        )
    if unknown := sorted((expected | readings) - {*ASSERTIONS, "none"}):
        raise ConfigError(
            f"rule '{rule.id}': no assertion '{unknown[0]}'", where=where, fix=f"Known: {', '.join(ASSERTIONS)}, none"
        )
    return rule, where


def _add_rule(trie: Trie, rule: PhraseRule, kind: int, terms: dict[str, str]) -> None:
    for words in sorted(literal_phrases(rule.phrases, terms)):
        if (other := trie.add(words, kind, rule)) is not None:
            raise ValueError(f"phrase '{' '.join(words)}' is already in rule '{other.id}'")


def _add_contexts(trie: Trie, rule: FindingRule, terms: dict[str, str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for finding, phrases in rule.becomes.items():
        for words in literal_phrases(phrases, terms):
            trie.add(words, CONTEXT, " ".join(words))
            names[" ".join(words)] = finding
    return names


def _read_sections(document: dict[str, Any], path: Path) -> tuple[dict[str, str], frozenset[str]]:
    _check_keys(document, {"sections"}, path)
    headings: dict[str, str] = {}
    unlabeled = set()
    for raw in document["sections"]:
        section, where = _read_rule(SectionRule, raw, path)
        if not section.is_label_source:
            unlabeled.add(section.id)
        for heading in (heading for pattern in section.headings for heading in expand(pattern)):
            if heading in headings:
                raise ConfigError(f"heading '{heading}' is given twice", where=where)
            headings[heading] = section.id
    return headings, frozenset(unlabeled)


def _check_keys(document: dict[str, Any], known: set[str], path: Path) -> None:
    if unknown := sorted(set(document) - known - {LINE}):
        raise ConfigError(f"unknown key '{unknown[0]}'", where=path.name, fix=f"Known: {', '.join(sorted(known))}")
    if missing := sorted(known - set(document) - {"terms"}):
        raise ConfigError(f"no key '{missing[0]}'", where=path.name)


def _without_lines(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_lines(item) for key, item in value.items() if key != LINE}
    return [_without_lines(item) for item in value] if isinstance(value, list) else value


def _decisive(value: Any) -> Any:
    """Leave out what decides nothing: comments, examples and line numbers."""
    if isinstance(value, dict):
        return {key: _decisive(item) for key, item in value.items() if key not in (LINE, "comment", "examples")}
    return [_decisive(item) for item in value] if isinstance(value, list) else value


@cache
def default_lexicon() -> Lexicon:
    """Return the lexicon that comes with the package, compiled once a process."""
    return load_lexicon()
