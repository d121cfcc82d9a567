"""The project's own labeler: the lexicon's phrases in one trie, cues with integer scopes, one analysis a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

from nlp.engines.aggregate import indexed_findings, study_labels
from nlp.engines.assertion import Sentence, decide
from nlp.engines.attributes import describe
from nlp.engines.semantics import Semantics
from nlp.report import LabeledReport, Mention
from nlp.rules.compile import ATTRIBUTE, CONTEXT, CUE, FINDING, N_KINDS, STATE, Lexicon, default_lexicon
from nlp.rules.shapes import FindingRule
from nlp.rules.trie import Match, find, lower, spans_of, words_of
from nlp.sections import corrected, sentences

CACHE_SIZE = 100_000
"""Sentences remembered by default; reports repeat themselves."""

PHRASE_BREAKS = frozenset({",", ";", "and", "with", "without", "but"})
"""Words that a noun phrase does not run across."""

Fields = tuple[Any, ...]
"""A mention relative to its sentence: the fields of Mention from ``start`` on, without ``text``."""


class CxrLabeler:
    """Label reports with the lexicon.

    Parameters
    ----------
    lexicon : Lexicon, optional
        Default: the one that comes with the package.
    semantics : Semantics
        Which text is labeled and how mentions become labels.
    name : str
        Name in nlp.label.
    cache_size : int
        Sentences whose analysis is remembered; 0 for none.
    """

    def __init__(
        self,
        lexicon: Lexicon | None = None,
        semantics: Semantics = Semantics(),  # noqa: B008 - it is frozen
        name: str = "cxr",
        cache_size: int = CACHE_SIZE,
    ) -> None:
        self.lexicon = lexicon or default_lexicon()
        self.lexicon_sha = self.lexicon.sha
        self.semantics = semantics
        self.name = name
        self._cache_size = cache_size
        self._analyse: Callable[[str], tuple[Fields, ...]] = lambda text: analyse(text, self.lexicon)
        if cache_size:
            self._analyse = lru_cache(cache_size)(self._analyse)

    def __reduce__(self) -> tuple[Any, ...]:
        # A process that is sent a labeler starts with an empty cache.
        return CxrLabeler, (self.lexicon, self.semantics, self.name, self._cache_size)

    def label_texts(self, texts: Iterable[str]) -> Iterator[LabeledReport]:
        """Label texts one after the other, in order; never raises on a text."""
        return map(self.label, texts)

    def label(self, text: str) -> LabeledReport:
        """Label one text."""
        # Those of a report in a warehouse are in nlp.section too; here a text needs no warehouse (docs/decisions/0008).
        parts = corrected.split(text, self.lexicon)
        counted = corrected.counted(parts, self.semantics.text_policy)
        mentions: list[Mention] = []
        n_sentences = 0
        for section in parts:
            bounds = sentences.split(section.text)
            if section in counted:
                for ordinal, (start, end) in enumerate(bounds, n_sentences):
                    offset = section.start + start
                    found = self._analyse(section.text[start:end])
                    mentions += [_place(fields, text, section.section, ordinal, offset) for fields in found]
            n_sentences += len(bounds)
        labels = study_labels(mentions, self.lexicon, self.semantics.aggregation, is_read=bool(counted))
        indexed = indexed_findings(labels, mentions, self.lexicon)
        return LabeledReport(parts, tuple(mentions), labels, indexed)


def label(text: str, *, lexicon: Lexicon | None = None) -> LabeledReport:
    """Label a report.

    Parameters
    ----------
    text : str
    lexicon : Lexicon, optional
        As of `load_lexicon`, or of a scheme of `load_scheme`; default: the package's own.

    Returns
    -------
    LabeledReport
        Its ``sections``, its ``mentions`` with their evidence, and its ``labels``: finding to 1 present, 0 absent, -1
        uncertain; a finding that is not mentioned has no key.

    Examples
    --------
    >>> import cxr
    >>> cxr.label("No pneumothorax. Possible edema.").labels
    {'pneumothorax': 0, 'edema': -1}
    """
    return _labeler(lexicon).label(text)


def mentions(text: str, *, lexicon: Lexicon | None = None) -> tuple[Mention, ...]:
    """Return the mentions of findings in a report, in text order: named tuples, for ``pandas.DataFrame(mentions)``.

    Parameters
    ----------
    text, lexicon
        As of `label`.

    Examples
    --------
    >>> import cxr
    >>> text = "No pneumothorax. Small left effusion."
    >>> [(mention.finding, mention.assertion, mention.laterality) for mention in cxr.mentions(text)]
    [('pneumothorax', 'absent', None), ('pleural_effusion', 'present', 'left')]
    """
    return label(text, lexicon=lexicon).mentions


@lru_cache(4)
def _labeler(lexicon: Lexicon | None) -> CxrLabeler:
    # The same at every call, so that it remembers its sentences; the lexicon is compiled at the first.
    return CxrLabeler(lexicon)


def _place(fields: Fields, text: str, section: str, sentence: int, offset: int) -> Mention:
    start, end, finding, assertion, cue_start, cue_end, *rest = fields
    start, end = start + offset, end + offset
    if cue_start is not None:
        cue_start, cue_end = cue_start + offset, cue_end + offset
    return Mention(section, sentence, start, end, text[start:end], finding, assertion, cue_start, cue_end, *rest)


def analyse(text: str, lexicon: Lexicon) -> tuple[Fields, ...]:
    """Find the mentions of a sentence: a pure function of the sentence and the lexicon.

    Returns
    -------
    tuple of tuple
        For each mention: start, end, finding, assertion, cue_start, cue_end, rule_id, cue_rule_id, laterality,
        location, severity, change; offsets are characters of the sentence.
    """
    lowered = lower(text)
    words = words_of(lowered)
    found = find(words, lexicon.trie, N_KINDS)
    mentions = found[FINDING]
    if not mentions:
        return ()
    spans = spans_of(lowered, words)
    sentence = Sentence(words, mentions, found[CUE], found[STATE], lexicon.chains)
    results = []
    for index, (start, end, rule) in enumerate(mentions):
        assertion, cue = decide(sentence, start, end, rule)
        if assertion == "none":
            continue
        refiled = (
            _refiled(rule, lexicon, start, end, found[CONTEXT], words) if rule.becomes and found[CONTEXT] else None
        )
        attributes = describe(words, mentions, index, found[ATTRIBUTE]) if found[ATTRIBUTE] else {}
        evidence = (
            assertion,
            spans[cue[0]][0] if cue else None,
            spans[cue[1] - 1][1] if cue else None,
            rule.id,
            cue[2].id if cue else None,
            attributes.get("laterality"),
            attributes.get("location"),
            attributes.get("severity"),
            attributes.get("change"),
        )
        named = (refiled,) if refiled else (rule.finding, *rule.also)
        results += [(spans[start][0], spans[end - 1][1], finding, *evidence) for finding in named]
    return tuple(results)


def _refiled(
    rule: FindingRule, lexicon: Lexicon, start: int, end: int, contexts: list[Match], words: list[str]
) -> str | None:
    """Return the finding that a neighbouring word makes of a mention, if any: calcified, a nodule is no lesion."""
    named = lexicon.contexts[rule.id]
    for context_start, context_end, name in contexts:
        if (finding := named.get(name)) is None:
            continue
        between = words[context_end:start] if context_end <= start else words[end:context_start]
        if len(between) <= rule.within and PHRASE_BREAKS.isdisjoint(between):
            return finding
    return None
