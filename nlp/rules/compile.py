"""From the lexicon's YAML to checked rules and one trie of literal phrases."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from nlp.report import Assertion
from nlp.rules.lexicon_files import LINE, check_keys, decisive, read_yaml, without_lines
from nlp.rules.phrases import expand, literal_phrases
from nlp.rules.shapes import AttributeRule, CueRule, FindingRule, PhraseRule, Rule, SectionRule
from nlp.rules.trie import Trie
from warehouse.errors import ConfigError
from warehouse.findings import Finding, findings, with_ancestors

LEXICON = Path(__file__).resolve().parent.parent / "lexicon"
SCHEME_KEYS = {"labels", "findings", "rules", "cues", "terms"}
"""Keys of a user's label scheme, see `nlp.workbench.scheme`."""

ASSERTIONS: tuple[str, ...] = get_args(Assertion)

_ADAPTERS: dict[type, TypeAdapter[Any]] = {
    form: TypeAdapter(form) for form in (Finding, FindingRule, CueRule, AttributeRule, SectionRule)
}

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
    findings : mapping of str to Finding
        Every finding by id.
    """

    sha: str
    trie: Trie
    rules: dict[str, PhraseRule]
    contexts: dict[str, dict[str, str]]
    headings: dict[str, str]
    unlabeled: frozenset[str]
    findings: Mapping[str, Finding]

    @cached_property
    def chains(self) -> dict[str, tuple[str, ...]]:
        """Each finding followed by the wider ones that a mention of it counts for."""
        return {finding: with_ancestors(finding, self.findings) for finding in self.findings}

    @cached_property
    def blocking(self) -> frozenset[str]:
        """Findings that contradict No Finding."""
        return frozenset(finding.id for finding in self.findings.values() if finding.blocks_no_finding)

    @cached_property
    def unchanged_cues(self) -> frozenset[str]:
        """Ids of the cue rules for no change of what every radiograph shows."""
        return frozenset(rule.id for rule in self.cues() if rule.category == "stable")

    @cached_property
    def indexed_cues(self) -> frozenset[str]:
        """Ids of the cue rules with ``is_indexed``."""
        return frozenset(rule.id for rule in self.cues() if rule.is_indexed)

    def cues(self) -> list[CueRule]:
        """Return the cue rules."""
        return [rule for rule in self.rules.values() if isinstance(rule, CueRule)]


def load_lexicon(folder: str | Path = LEXICON, scheme: str | Path | None = None) -> Lexicon:
    """Read, check and compile the rule files of a folder.

    Parameters
    ----------
    folder : str or Path
        Holds ``findings*.yml``, ``cues.yml``, ``attributes.yml`` and ``sections.yml``.
    scheme : str or Path, optional
        A user's label scheme, see `nlp.workbench.scheme`. Its rules come on top; a phrase of theirs is taken from the
        folder's.

    Raises
    ------
    ConfigError
        The first thing wrong, with file, line, rule id and reason.

    Examples
    --------
    >>> import cxr
    >>> cxr.load_lexicon().rules["pneumothorax.named"].finding
    'pneumothorax'
    """
    folder, scheme = Path(folder), Path(scheme) if scheme else None
    files: list[tuple[Path, str, type[PhraseRule], int]] = [
        *((path, "findings", FindingRule, FINDING) for path in sorted(folder.glob("findings*.yml"))),
        (folder / "cues.yml", "cues", CueRule, CUE),
        (folder / "attributes.yml", "attributes", AttributeRule, ATTRIBUTE),
    ]
    own_files: list[tuple[Path, str, type[PhraseRule], int]] = []
    documents = {path: check_keys(read_yaml(path), {key}, {"terms"}, path) for path, key, *_ in files}
    known = findings()
    if scheme:
        documents[scheme] = check_keys(read_yaml(scheme), set(), SCHEME_KEYS, scheme)
        known = _with_own_findings(documents[scheme], scheme)
        own_files = [(scheme, "rules", FindingRule, FINDING), (scheme, "cues", CueRule, CUE)]
    trie = Trie()
    rules: dict[str, PhraseRule] = {}
    contexts: dict[str, dict[str, str]] = {}
    for sources in (files, own_files):
        packaged = list(rules.values())
        for path, key, form, kind in sources:
            document = documents[path]
            terms = {name: term for name, term in document.get("terms", {}).items() if name != LINE}
            for raw in document.get(key, ()):
                rule, where = _read_rule(form, raw, path, known)
                if rule.id in rules:
                    raise ConfigError(
                        f"rule id '{rule.id}' is used twice", where=where, fix="Give each rule its own id"
                    )
                rules[rule.id] = rule
                try:
                    is_state = isinstance(rule, CueRule) and rule.category in STATES
                    _add_rule(trie, rule, STATE if is_state else kind, terms, over=packaged)
                    if isinstance(rule, FindingRule):
                        contexts[rule.id] = _add_contexts(trie, rule, terms)
                except ValueError as error:
                    raise ConfigError(f"rule '{rule.id}': {error}", where=where) from None
    content: dict[str, Any] = {"findings": [[f.id, f.parent, f.blocks_no_finding] for f in known.values()]}
    content |= {path.name: document for path, document in documents.items()}
    path = folder / "sections.yml"
    content["sections"] = check_keys(read_yaml(path), {"sections"}, set(), path)
    headings, unlabeled = _read_sections(content["sections"], path)
    sha = hashlib.sha256(json.dumps(decisive(content), sort_keys=True).encode()).hexdigest()
    return Lexicon(sha, trie, rules, contexts, headings, unlabeled, known)


def _with_own_findings(document: dict[str, Any], path: Path) -> dict[str, Finding]:
    """Return the package's findings and those that a scheme file defines."""
    known = dict(findings())
    for raw in document.get("findings", ()):
        finding, where = _read_form(Finding, raw, path)
        if finding.id in known:
            raise ConfigError(f"finding '{finding.id}' is already defined", where=where, fix="Give it another id")
        if finding.parent is not None and finding.parent not in known:
            raise ConfigError(
                f"finding '{finding.id}': no finding '{finding.parent}'", where=where, fix="Define the parent first"
            )
        known[finding.id] = finding
    return known


def _read_form[Form](form: type[Form], raw: object, path: Path) -> tuple[Form, str]:
    """Return what a mapping says and where it stands."""
    kind = "finding" if form is Finding else "rule"
    if not isinstance(raw, dict):
        raise ConfigError(f"a {kind} is a mapping", where=path.name)
    where = f"{path.name}:{raw[LINE]}"
    given = without_lines(raw)
    try:
        read: Form = _ADAPTERS[form].validate_python(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{kind} '{given.get('id', '?')}', {place}: {first['msg']}", where=where) from None
    return read, where


def _read_rule[Form: Rule](form: type[Form], raw: object, path: Path, known: Mapping[str, Finding]) -> tuple[Form, str]:
    rule, where = _read_form(form, raw, path)
    if isinstance(rule, FindingRule):
        named = {rule.finding, *rule.also, *rule.becomes}
        expected = set(rule.examples.values())
        readings = {*rule.reads, *rule.reads.values()}
    else:
        examples = rule.examples if isinstance(rule, CueRule) else {}
        named = {finding for given in examples.values() for finding in given}
        expected = {value for given in examples.values() for value in given.values()}
        readings = set()
    if unknown := sorted(named - set(known)):
        raise ConfigError(f"rule '{rule.id}': no finding '{unknown[0]}'", where=where, fix=f"Known: {', '.join(known)}")
    if unknown := sorted((expected | readings) - {*ASSERTIONS, "none"}):
        raise ConfigError(
            f"rule '{rule.id}': no assertion '{unknown[0]}'", where=where, fix=f"Known: {', '.join(ASSERTIONS)}, none"
        )
    return rule, where


def _add_rule(
    trie: Trie, rule: PhraseRule, kind: int, terms: dict[str, str], *, over: Container[PhraseRule] = ()
) -> None:
    for words in sorted(literal_phrases(rule.phrases, terms)):
        if (other := trie.add(words, kind, rule, over=over)) is not None:
            raise ValueError(f"phrase '{' '.join(words)}' is already in rule '{other.id}'")


def _add_contexts(trie: Trie, rule: FindingRule, terms: dict[str, str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for finding, phrases in rule.becomes.items():
        for words in literal_phrases(phrases, terms):
            trie.add(words, CONTEXT, " ".join(words))
            names[" ".join(words)] = finding
    return names


def _read_sections(document: dict[str, Any], path: Path) -> tuple[dict[str, str], frozenset[str]]:
    headings: dict[str, str] = {}
    unlabeled = set()
    for raw in document["sections"]:
        section, where = _read_form(SectionRule, raw, path)
        if not section.is_label_source:
            unlabeled.add(section.id)
        for heading in (heading for pattern in section.headings for heading in expand(pattern)):
            if heading in headings:
                raise ConfigError(f"heading '{heading}' is given twice", where=where)
            headings[heading] = section.id
    return headings, frozenset(unlabeled)


@cache
def default_lexicon() -> Lexicon:
    """Return the lexicon that comes with the package, compiled once a process."""
    return load_lexicon()
