"""medspaCy's ConText behind the labeler protocol: a second opinion on assertion, and the benchmark's reference.

What comes before and after the assertion is shared with the project's own labeler, so that a difference between their
labels is one of assertion: the same sections, the same phrases (the lexicon's, as literal target rules) and the same
aggregation. Tokens, sentences (spaCy's sentencizer) and ConText with its default English rules are medspaCy's (Eyre et
al. 2021, https://github.com/medspacy/medspacy). Phrases for what every radiograph shows, such as the heart's size, are
left out: ConText has no notion of normal and would call every one of them present.
"""

from __future__ import annotations

import hashlib
import warnings
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property
from importlib.metadata import version
from itertools import batched
from typing import Any, Literal

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span

from nlp.engines.aggregate import indexed_findings, study_labels
from nlp.engines.semantics import Semantics
from nlp.report import Assertion, LabeledReport, Mention, Section
from nlp.rules.compile import FINDING, Lexicon, default_lexicon
from nlp.rules.shapes import FindingRule
from nlp.rules.trie import Trie
from nlp.sections import corrected, sentences

ASSERTIONS: dict[str, Assertion | Literal["none"]] = {
    "HYPOTHETICAL": "none",
    "HISTORICAL": "none",
    "FAMILY": "none",
    "POSSIBLE_EXISTENCE": "uncertain",
    "NEGATED_EXISTENCE": "absent",
}
"""Category of a ConText modifier to assertion; of several modifiers the first category here decides."""

PIECE = 100_000
"""Longer sections are cut into pieces of so many characters: ConText's time grows with the square of the length."""

BATCH_SIZE = 64


class MedspacyContextLabeler:
    """Label reports with the lexicon's phrases and medspaCy's ConText.

    Parameters
    ----------
    lexicon : Lexicon, optional
        Default: the one that comes with the package.
    semantics : Semantics
        Which text is labeled and how mentions become labels.
    name : str
        Name in nlp.label.
    """

    def __init__(
        self,
        lexicon: Lexicon | None = None,
        semantics: Semantics = Semantics(),  # noqa: B008 - it is frozen
        name: str = "medspacy_context",
    ) -> None:
        self.lexicon = lexicon or default_lexicon()
        self.semantics = semantics
        self.name = name
        self.phrases = dict(target_phrases(self.lexicon.trie))
        self.rules = {rule.id: rule for rule in self.phrases.values()}
        self.lexicon_sha = hashlib.sha256(f"{version('medspacy')} {self.lexicon.sha} {ASSERTIONS}".encode()).hexdigest()

    def __reduce__(self) -> tuple[Any, ...]:
        # A process that is sent a labeler makes its own pipeline.
        return MedspacyContextLabeler, (self.lexicon, self.semantics, self.name)

    @cached_property
    def nlp(self) -> Language:
        """MedspaCy's pipeline; it takes seconds to make, so it waits until a report is labeled."""
        return build_pipeline(self.phrases)

    def label_texts(self, texts: Iterable[str]) -> Iterator[LabeledReport]:
        """Label texts one after the other, in order; never raises on a text."""
        for batch in batched(texts, BATCH_SIZE):
            reports = [corrected.split(text, self.lexicon) for text in batch]
            read = (section for parts in reports for section in corrected.counted(parts, self.semantics.text_policy))
            docs = iter(parse(self.nlp, [piece for section in read for _, piece in _pieces(section)]))
            for parts in reports:
                yield self._label(parts, docs)

    def _label(self, parts: tuple[Section, ...], docs: Iterator[Doc]) -> LabeledReport:
        """Label one report; takes the documents of its sections from ``docs``."""
        counted = corrected.counted(parts, self.semantics.text_policy)
        mentions: list[Mention] = []
        n_sentences = 0
        for section in parts:
            if section not in counted:
                n_sentences += len(sentences.split(section.text))
                continue
            for start, _ in _pieces(section):
                doc = next(docs)
                ends = [sentence.end for sentence in doc.sents]
                for target in doc.ents:
                    ordinal = n_sentences + bisect_right(ends, target.start)
                    mentions += self._mention(target, section.section, ordinal, section.start + start)
                n_sentences += len(ends)
        labels = study_labels(mentions, self.lexicon, self.semantics.aggregation, is_read=bool(counted))
        return LabeledReport(parts, tuple(mentions), labels, indexed_findings(labels, mentions, self.lexicon))

    def _mention(self, target: Span, section: str, sentence: int, offset: int) -> Iterator[Mention]:
        """Yield the mention that a target is, if it is one."""
        rule = self.rules[target.label_]
        categories = list(ASSERTIONS)
        modifiers = [modifier for modifier in target._.modifiers if modifier.category in ASSERTIONS]
        cue = min(modifiers, key=lambda modifier: categories.index(modifier.category), default=None)
        assertion = ASSERTIONS[cue.category] if cue else "present"
        assertion = rule.reads.get(assertion, assertion)  # type: ignore[assignment]  # checked when the lexicon was read
        if assertion == "none":
            return
        span = target.doc[slice(*cue.modifier_span)] if cue else None
        yield Mention(
            section=section,
            sentence=sentence,
            start=offset + target.start_char,
            end=offset + target.end_char,
            text=target.text,
            finding=rule.finding,
            assertion=assertion,
            cue_start=offset + span.start_char if span else None,
            cue_end=offset + span.end_char if span else None,
            rule_id=rule.id,
            cue_rule_id=f"{cue.category}: {cue.rule.literal}" if cue else None,
        )


def target_phrases(trie: Trie, words: tuple[str, ...] = ()) -> Iterator[tuple[str, FindingRule]]:
    """Yield every phrase of the lexicon that names a finding, with its rule; see the module on what is left out."""
    for kind, rule in trie.leaves:
        if kind == FINDING and not rule.observable:
            yield " ".join(words), rule
    for word, branch in trie.branches.items():
        yield from target_phrases(branch, (*words, word))


def build_pipeline(phrases: dict[str, FindingRule]) -> Language:
    """Return medspaCy's pipeline (tokenizer, sentencizer, target matcher, ConText) for literal phrases."""
    with warnings.catch_warnings():  # invalid escapes in the source of one of medspaCy's dependencies
        warnings.simplefilter("ignore")
        from medspacy.context import ConText  # noqa: F401  # registers its factory
        from medspacy.target_matcher import TargetRule
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    matcher: Any = nlp.add_pipe("medspacy_target_matcher")
    matcher.add([TargetRule(phrase, rule.id) for phrase, rule in phrases.items()])
    nlp.add_pipe("medspacy_context")
    return nlp


def parse(nlp: Language, texts: list[str]) -> list[Doc]:
    """Run the pipeline over texts."""
    with warnings.catch_warnings():  # W036: the target matcher has a token matcher that literal phrases leave empty
        warnings.filterwarnings("ignore", message=r"\[W036\]")
        return list(nlp.pipe(texts))


def _pieces(section: Section) -> list[tuple[int, str]]:
    """Return pieces of a section's text with their offsets in it; nearly always the whole."""
    return [(start, section.text[start : start + PIECE]) for start in range(0, len(section.text), PIECE)]
