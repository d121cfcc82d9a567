"""From the lexicon's YAML to checked rules and one trie of literal phrases."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Literal, get_args

import yaml
from pydantic import TypeAdapter, ValidationError

from nlp.match import Trie, lower, words_of
from nlp.report import Assertion
from warehouse.errors import ConfigError
from warehouse.findings import findings

LEXICON = Path(__file__).resolve().parent / "lexicon"
MAX_EXPANSIONS = 4096

Category = Literal[
    "absent", "uncertain", "present", "or", "stop", "ignore", "neutral", "normal", "enlarged", "borderline", "stable"
]
Direction = Literal["forward", "backward", "both"]
Attribute = Literal["laterality", "location", "severity", "change"]
ASSERTIONS: tuple[str, ...] = get_args(Assertion)

FINDING, CUE, STATE, CONTEXT, ATTRIBUTE = range(5)
N_KINDS = 5
STATES = frozenset({"normal", "enlarged", "borderline", "stable"})
"""Categories of cue that speak of what every radiograph shows."""


@dataclass(frozen=True, slots=True)
class FindingRule:
    """Phrases that mention a finding.

    Attributes
    ----------
    id, finding : str
    phrases : list of str
        In the phrase language of :func:`expand`.
    examples : dict of str to str
        Sentence to the assertion this rule gives in it: present, absent, uncertain, or none.
    also : list of str
        Findings that the same words mention besides: a hydropneumothorax is an effusion too.
    observable : bool
        The phrases name something every radiograph shows (the heart's size), which is a mention only together with
        a word on its state (normal, enlarged, borderline, stable).
    becomes : dict of str to list of str
        Other finding to phrases which, in the same noun phrase, make the mention one of that finding:
        a calcified nodule is a granuloma.
    within : int
        Farthest such phrase, in words.
    reads : dict of str to str
        Assertion in the text to assertion recorded, where they differ: vascular congestion is an uncertain edema.
        ``none`` drops the mention.
    comment : str
    """

    id: str
    finding: str
    phrases: list[str]
    examples: dict[str, str]
    also: list[str] = field(default_factory=list)
    observable: bool = False
    becomes: dict[str, list[str]] = field(default_factory=dict)
    within: int = 6
    reads: dict[str, str] = field(default_factory=dict)
    comment: str = ""


@dataclass(frozen=True, slots=True)
class CueRule:
    """Phrases that decide the assertion of mentions near them.

    Attributes
    ----------
    id : str
    category : Category
        What a governed mention becomes: absent, uncertain, present; ``ignore`` (hypothetical, historical: no mention);
        ``or`` (alternatives: uncertain where nothing else decides); ``stop`` (ends every scope); ``neutral`` (a phrase that
        looks like a cue and is none); and for observables normal, enlarged, borderline, stable.
    direction : Direction
        Where the governed mentions stand.
    phrases : list of str
    examples : dict of str to dict of str to str
        Sentence to finding to assertion, each decided by this rule.
    reach : int
        Farthest governed mention, in words; 0 for the whole clause.
    open_list : bool
        Whether the scope runs over every comma; if not, only where an "and" or "or" makes them those of a list.
    is_indexed : bool
        Whether those who index reports (the MeSH coding of Open-I) code what the cue governs, although it is uncertain: they
        do for "A or B" and "borderline", they do not for "may be A".
    yields : bool
        Whether the cue gives way to one that governs it: "no opacity suggesting pneumonia" is absent.
    comment : str
    """

    id: str
    category: Category
    direction: Direction
    phrases: list[str]
    examples: dict[str, dict[str, str]]
    reach: int = 0
    open_list: bool = False
    is_indexed: bool = False
    yields: bool = False
    comment: str = ""


@dataclass(frozen=True, slots=True)
class AttributeRule:
    """Phrases that give an attribute of the mention in the same noun phrase."""

    id: str
    attribute: Attribute
    value: str
    phrases: list[str]
    comment: str = ""


@dataclass(frozen=True, slots=True)
class SectionRule:
    """A section, and the headings that open it, in lower case and in the phrase language."""

    id: str
    is_label_source: bool
    headings: list[str]
    comment: str = ""


Rule = FindingRule | CueRule | AttributeRule | SectionRule


@dataclass(frozen=True)
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
    rules: dict[str, Rule]
    contexts: dict[str, dict[str, str]]
    headings: dict[str, str]
    unlabeled: frozenset[str]

    def cues(self) -> list[CueRule]:
        """Return the cue rules."""
        return [rule for rule in self.rules.values() if isinstance(rule, CueRule)]


GROUP = re.compile(r"[()|\[\]]")


def expand(phrase: str) -> list[str]:
    """Expand a phrase: ``(a|b)`` alternatives, ``[a]`` or ``[a|b]`` optional; groups nest and may be parts of words.

    Examples
    --------
    >>> expand("[small ]effusion[s]")
    ['effusion', 'effusions', 'small effusion', 'small effusions']

    Raises
    ------
    ValueError
        Brackets that do not pair, or more than 4,096 expansions.
    """
    results, position = _alternatives(phrase, 0, "")
    if position != len(phrase):
        raise ValueError(f"'{phrase[position]}' without its opening bracket in '{phrase}'")
    return results


def _alternatives(phrase: str, position: int, closing: str) -> tuple[list[str], int]:
    results: list[str] = []
    parts: list[list[str]] = []
    while position < len(phrase) and phrase[position] not in ")]":
        char = phrase[position]
        if char == "|" and closing:
            results += _join(parts, phrase)
            parts = []
            position += 1
        elif char in "([":
            inner, position = _alternatives(phrase, position + 1, {"(": ")", "[": "]"}[char])
            parts.append(inner if char == "(" else ["", *inner])
        else:
            end = match.start() if (match := GROUP.search(phrase, position + 1)) else len(phrase)
            parts.append([phrase[position:end]])
            position = end
    if not closing:
        return _join(parts, phrase), position
    if position == len(phrase) or phrase[position] != closing:
        raise ValueError(f"bracket not closed in '{phrase}'")
    return results + _join(parts, phrase), position + 1


def _join(parts: list[list[str]], phrase: str) -> list[str]:
    n_results = 1
    for part in parts:
        n_results *= len(part)
    if n_results > MAX_EXPANSIONS:
        raise ValueError(f"more than {MAX_EXPANSIONS} expansions of '{phrase}'")
    return ["".join(choice) for choice in product(*parts)]


def literal_phrases(phrases: list[str], terms: dict[str, str]) -> set[tuple[str, ...]]:
    """Expand phrases, after putting in the file's ``{terms}``, to sets of words.

    Raises
    ------
    ValueError
        See :func:`expand`; or an unknown term, or a phrase without words.
    """
    literals = set()
    for phrase in phrases:
        try:
            filled = phrase.format_map(terms)
        except (KeyError, ValueError, IndexError):
            raise ValueError(f"unknown term in '{phrase}'") from None
        for text in expand(filled):
            words = tuple(words_of(lower(text)))
            if not words:
                raise ValueError(f"no words in an expansion of '{phrase}'")
            literals.add(words)
    return literals


class _Loader(yaml.CSafeLoader):
    """Loads mappings with the line they start on, and refuses a key given twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        if len(mapping) < len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "a key is given twice", node.start_mark)
        mapping[LINE] = node.start_mark.line + 1
        return mapping


LINE = "__line__"


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
    rules: dict[str, Rule] = {}
    contexts: dict[str, dict[str, str]] = {}
    content: dict[str, Any] = {"findings": [[f.id, f.parent, f.blocks_no_finding] for f in findings().values()]}
    sources = [(path, "findings", FindingRule, FINDING) for path in sorted(folder.glob("findings*.yml"))]
    sources += [
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


def _read_rule(form: type[Rule], raw: object, path: Path) -> tuple[Rule, str]:
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


def _add_rule(trie: Trie, rule: Rule, kind: int, terms: dict[str, str]) -> None:
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
