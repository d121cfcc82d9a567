"""Words of a sentence, and the lexicon's phrases among them."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Any

WORD = re.compile(r"[^\W_]+|[.,;:/()?]")
"""A run of letters and digits, or a punctuation mark that rules may name. Hyphens and other marks separate words."""

BLANK = "xxxx"
"""De-identification blank of Open-I. A phrase matches across it; MIMIC's ``___`` is no word at all."""

END = "\n"
"""Stands after the last word while phrases are looked for; no word is a line break."""

Match = tuple[int, int, Any]
"""First word, one past the last word, rule."""


class Trie:
    """Phrases as a tree of words.

    Attributes
    ----------
    branches : dict of str to Trie
        The words that may come next.
    leaves : list of (int, rule)
        Kind and rule of the phrases that end here.
    """

    __slots__ = ("branches", "leaves")

    def __init__(self) -> None:
        self.branches: dict[str, Trie] = {}
        self.leaves: list[tuple[int, Any]] = []

    def add(self, words: tuple[str, ...], kind: int, rule: object, *, over: Container[object] = ()) -> Any:
        """Add a phrase, taking it from a rule in ``over``; return the other rule that has it for that kind, if any."""
        node = self
        for word in words:
            node = node.branches.setdefault(word, Trie())
        for leaf in node.leaves:
            if leaf[0] == kind:
                if leaf[1] not in over:
                    return leaf[1]
                node.leaves.remove(leaf)
                break
        node.leaves.append((kind, rule))
        return None


def lower(text: str) -> str:
    """Lower the case without changing the number of characters, so that offsets stay true."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def words_of(text: str) -> list[str]:
    """Split a lower-case text into words."""
    return WORD.findall(text)


def spans_of(text: str, words: list[str]) -> list[tuple[int, int]]:
    """Return the character offsets of the words of a text; what stands between two words holds no part of a word."""
    spans, end = [], 0
    for word in words:
        start = text.find(word, end)
        end = start + len(word)
        spans.append((start, end))
    return spans


def find(words: list[str], trie: Trie, n_kinds: int) -> list[list[Match]]:
    """Find the phrases of every kind: within a kind the leftmost wins, then the longest, and none overlap.

    Returns
    -------
    list of list of (int, int, rule)
        One list a kind, in text order.
    """
    found: list[list[Match]] = [[] for _ in range(n_kinds)]
    ends = [0] * n_kinds
    first_words = trie.branches
    padded = [*words, END]
    for start, word in enumerate(words):
        node = first_words.get(word)
        if node is None:
            continue
        hits: tuple[tuple[int, list[tuple[int, Any]]], ...] = ()
        position = start + 1
        while node is not None:
            if node.leaves:
                hits = ((position, node.leaves), *hits)
            branches = node.branches
            if not branches:
                break
            following = branches.get(padded[position])
            while following is None and padded[position] == BLANK:
                position += 1
                following = branches.get(padded[position])
            position += 1
            node = following
        for end, leaves in hits:
            for kind, rule in leaves:
                if start >= ends[kind]:
                    found[kind].append((start, end, rule))
                    ends[kind] = end
    return found
