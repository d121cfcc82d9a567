"""Words of a sentence, and the lexicon's phrases among them."""

from __future__ import annotations

import re
from typing import Any

WORD = re.compile(r"[^\W_]+|[.,;:/()?]")
"""A run of letters and digits, or a punctuation mark that rules may name. Hyphens and other marks separate words."""

BLANK = "xxxx"
"""De-identification blank of Open-I. A phrase matches across it; MIMIC's ``___`` is no word at all."""

LEAF = ""
"""Key of a trie node under which the payload of a finished phrase lies; no word is empty."""

Trie = dict[str, Any]
Match = tuple[int, int, Any]
"""First word, one past the last word, rule."""


def lower(text: str) -> str:
    """Lower the case without changing the number of characters, so that offsets stay true."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def words_of(text: str) -> tuple[list[str], list[tuple[int, int]]]:
    """Split a lower-case text into words.

    Returns
    -------
    words : list of str
    spans : list of (int, int)
        Character offsets of each word.
    """
    found = list(WORD.finditer(text))
    return [match.group() for match in found], [match.span() for match in found]


def add_phrase(trie: Trie, words: tuple[str, ...], kind: int, rule: object) -> object | None:
    """Add a phrase; return the rule that already has it for that kind, if any."""
    node = trie
    for word in words:
        node = node.setdefault(word, {})
    leaf: dict[int, object] = node.setdefault(LEAF, {})
    return leaf.setdefault(kind, rule) if kind in leaf else leaf.__setitem__(kind, rule)


def find(words: list[str], trie: Trie, n_kinds: int) -> list[list[Match]]:
    """Find the phrases of every kind: within a kind the leftmost wins, then the longest, and none overlap.

    Returns
    -------
    list of list of (int, int, rule)
        One list a kind, in text order.
    """
    found: list[list[Match]] = [[] for _ in range(n_kinds)]
    ends = [0] * n_kinds
    n_words = len(words)
    for start, word in enumerate(words):
        node = trie.get(word)
        if node is None:
            continue
        best: dict[int, tuple[int, Any]] = {}
        position = start + 1
        while True:
            leaf = node.get(LEAF)
            if leaf is not None:
                for kind, rule in leaf.items():
                    best[kind] = (position, rule)
            ahead = position
            while ahead < n_words and words[ahead] == BLANK and BLANK not in node:
                ahead += 1
            if ahead == n_words or (node := node.get(words[ahead])) is None:
                break
            position = ahead + 1
        for kind, (end, rule) in best.items():
            if start >= ends[kind]:
                found[kind].append((start, end, rule))
                ends[kind] = end
    return found
