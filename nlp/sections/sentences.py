"""Sentence boundaries of radiology prose: dictated, wrapped, numbered, with de-identification blanks."""

from __future__ import annotations

import re

BOUNDARY = re.compile(
    r"""
    [.?!\n] (?:
        (?<=[.?!]) [.?!]* (?=[\s\])>"]|$)                  # a stop before a blank, but not that of an abbreviation
        (?<!\b[Dd]r\.)(?<!\b[Mm]r\.)(?<!\b[Mm]rs\.)(?<!\b[Vv]s\.)(?<!\bVS\.)(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bapprox\.)
        (?<![\s(]\?)(?<!\A\?)                            # nor a question mark before what it doubts
      | (?<=[A-Za-z]{3}\.) (?=[A-Z][A-Za-z])              # a stop whose blank was lost
      | (?<=\n) [ \t\r]* (?=\n)                          # an empty line
      | (?<=\n) (?= [ \t]* (?: \d{1,2}[.)] | [-*\u2022] )[ \t] )  # a list item
      | (?<=[^,]\n) (?= [ \t]* [A-Z][a-z] )              # a line that starts a sentence; wrapped lines rarely do
    )
    """,
    re.VERBOSE,
)
"""The first character stands outside the alternatives so that the search skips to the few places that matter."""


LONGEST = 1_000
"""Characters after which a sentence is cut at the next blank: text without stops must not take quadratic time."""


def split(text: str) -> list[tuple[int, int]]:
    """Split a text into sentences.

    Returns
    -------
    list of (int, int)
        Character offsets of each sentence, blanks at either end included; together they cover the text.
    """
    bounds: list[tuple[int, int]] = []
    start = 0
    ends = [match.end() for match in BOUNDARY.finditer(text)]
    ends.append(len(text))
    for end in ends:
        while end - start > LONGEST:
            cut = text.find(" ", start + LONGEST, end) + 1 or end
            bounds.append((start, cut))
            start = cut
        if start < end:
            bounds.append((start, end))
        start = end
    return bounds
