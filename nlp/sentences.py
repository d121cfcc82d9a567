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


def split(text: str) -> list[tuple[int, int]]:
    """Split a text into sentences.

    Returns
    -------
    list of (int, int)
        Character offsets of each sentence, blanks at either end included; together they cover the text.
    """
    bounds = []
    start = 0
    for match in BOUNDARY.finditer(text):
        bounds.append((start, match.end()))
        start = match.end()
    if start < len(text):
        bounds.append((start, len(text)))
    return bounds
