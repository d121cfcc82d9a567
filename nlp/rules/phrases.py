"""The phrase language of the lexicon, and its expansion to literal words."""

from __future__ import annotations

import re
from itertools import product

from nlp.rules.trie import lower, words_of

MAX_EXPANSIONS = 4096

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
