"""Side, place, size and change of a mention: the nearest such words in its own noun phrase."""

from __future__ import annotations

from nlp.rules.trie import Match

BREAKS = frozenset({",", ";", ":", ".", "with", "but", "without", "versus", "no"})
BREAKS_AFTER = BREAKS | {"and", "or"}


def bounds(words: list[str], mentions: list[Match], index: int) -> tuple[int, int]:
    """Return the words around mention ``index`` that can belong to it: up to a break or the mention beside it."""
    start, end, _ = mentions[index]
    low = mentions[index - 1][1] if index else 0
    high = mentions[index + 1][0] if index + 1 < len(mentions) else len(words)
    first = start
    while first > low and words[first - 1] not in BREAKS:
        first -= 1
    last = end
    while last < high and words[last] not in BREAKS_AFTER:
        last += 1
    return first, last


def describe(words: list[str], mentions: list[Match], index: int, found: list[Match]) -> dict[str, str]:
    """Return attribute to value for mention ``index``; nearer words win, words before it win over words after it."""
    start, end, _ = mentions[index]
    first, last = bounds(words, mentions, index)
    values: dict[str, str] = {}
    for low, high, rule in sorted(found, key=lambda match: (match[0] >= end, abs(match[0] - start))):
        if first <= low and high <= last and (rule.attribute not in values):
            values[rule.attribute] = rule.value
    return values
