"""A lexicon as a table of phrases, so that two of them can be compared, in Python or in SQL.

The mentions of a sentence depend on the phrases in it and on nothing else of the lexicon, see
`nlp.engines.phrase_labeler.analyse`. So a report without any phrase that differs between two lexicons has the same
mentions under both; unless the findings or the headings differ, which concern every report.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from string import ascii_lowercase, digits
from typing import NamedTuple

from nlp.rules.compile import Lexicon
from nlp.rules.lexicon_files import UNDECISIVE
from nlp.rules.shapes import PhraseRule
from nlp.rules.trie import BLANK, Trie

FRAME = -1
"""Kind of the one row for what is no phrase: findings and headings."""

MAX_PHRASES = 2000
"""More differing phrases than this are as good as all reports."""

NOTHING = "$.^"
ASCII_WORD = frozenset(ascii_lowercase + digits)
NOT_IN_A_WORD = "[^a-z0-9]"


class Phrase(NamedTuple):
    """A phrase of a lexicon.

    Attributes
    ----------
    kind : int
        As in `nlp.rules.compile`: finding, cue, state, context or attribute; or `FRAME`.
    phrase : str
        Words, with a blank between them.
    rule_id : str
        Rule that has it; empty for the words that a rule's ``becomes`` looks for.
    rule_sha : str
        sha256 of what the rule says, its other phrases left out.
    """

    kind: int
    phrase: str
    rule_id: str
    rule_sha: str


def phrase_table(lexicon: Lexicon) -> list[Phrase]:
    """Return every phrase of a lexicon, and the row for what is no phrase."""
    frame = [
        sorted(lexicon.headings.items()),
        sorted(lexicon.unlabeled),
        sorted((f.id, f.parent, f.blocks_no_finding) for f in lexicon.findings.values()),
    ]
    shas = {rule_id: rule_sha(rule) for rule_id, rule in lexicon.rules.items()}
    rows = [Phrase(FRAME, "", "", _sha(frame))]
    for kind, words, rule in _leaves(lexicon.trie):
        phrase = " ".join(words)
        rows.append(
            Phrase(kind, phrase, "", "") if isinstance(rule, str) else Phrase(kind, phrase, rule.id, shas[rule.id])
        )
    return rows


def rule_sha(rule: PhraseRule) -> str:
    """Return the sha256 of what a rule decides by, its phrases left out."""
    return _sha({key: value for key, value in asdict(rule).items() if key != "phrases" and key not in UNDECISIVE})


def _sha(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _leaves(trie: Trie, words: tuple[str, ...] = ()) -> Iterator[tuple[int, tuple[str, ...], PhraseRule | str]]:
    for kind, rule in trie.leaves:
        yield kind, words, rule
    for word, branch in trie.branches.items():
        yield from _leaves(branch, (*words, word))


def differing(old: Iterable[Phrase], new: Iterable[Phrase]) -> list[Phrase]:
    """Return the phrases that only one of two tables has, or that mean something else in them."""
    return sorted(set(old) ^ set(new))


def compare_lexicons(old: Lexicon, new: Lexicon) -> list[Phrase]:
    """Return the phrases that only one of two lexicons has, or that mean something else in them.

    Parameters
    ----------
    old, new : Lexicon

    Examples
    --------
    >>> import cxr
    >>> cxr.compare_lexicons(cxr.load_lexicon(), cxr.load_lexicon())
    []
    """
    return differing(phrase_table(old), phrase_table(new))


def touching_pattern(phrases: Iterable[Phrase]) -> str | None:
    """Return an RE2 pattern that every lower-case text matches in which one of the phrases is found.

    It matches others too, as letters beyond ASCII bound words for it. None where every report may be touched, as by
    differing findings or headings; a pattern that nothing matches where none is.
    """
    wanted = list(phrases)
    if not wanted:
        return NOTHING
    if len(wanted) > MAX_PHRASES or any(phrase.kind == FRAME for phrase in wanted):
        return None
    return "|".join(sorted({_pattern(phrase.phrase.split(" ")) for phrase in wanted}))


def _pattern(words: list[str]) -> str:
    # A phrase is found across de-identification blanks, and whatever is no word may stand between its words.
    body = f"{NOT_IN_A_WORD}*(?:{BLANK}{NOT_IN_A_WORD}*)*".join(map(re.escape, words))
    before = f"(?:^|{NOT_IN_A_WORD})" if words[0][0] in ASCII_WORD else ""
    after = f"(?:{NOT_IN_A_WORD}|$)" if words[-1][-1] in ASCII_WORD else ""
    return before + body + after
