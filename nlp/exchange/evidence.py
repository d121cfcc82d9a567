"""What annotation tools show of a labeled report, to be read and corrected by hand, whichever tool it is.

Each gets every mention with its finding, assertion and attributes, and every cue that decided, tied to the mentions
that it decides. Offsets are characters of the report.
"""

from __future__ import annotations

from nlp.report import VALUES, Mention
from nlp.rules.compile import default_lexicon
from nlp.rules.shapes import AttributeRule

CUE = "cue"
"""Type of the words that decided an assertion, beside the findings."""

DECIDES = "decides"
"""Relation from a cue to a mention."""

ATTRIBUTES = ("assertion", "laterality", "location", "severity", "change")
"""Fields of a mention that a person may correct."""


def attribute_values() -> dict[str, list[str]]:
    """Return attribute to every value that the labeler can give it."""
    values: dict[str, list[str]] = {name: [] for name in ATTRIBUTES} | {"assertion": list(VALUES)}
    for rule in default_lexicon().rules.values():
        if isinstance(rule, AttributeRule) and rule.value not in values[rule.attribute]:
            values[rule.attribute].append(rule.value)
    return values


def attributes_of(mention: Mention) -> dict[str, str]:
    """Return the attributes that are known."""
    return {name: value for name in ATTRIBUTES if (value := getattr(mention, name)) is not None}


def document(text: str) -> str:
    r"""Return the text with ``\n`` as its only line break and as many characters as before, so that offsets hold.

    Readers with universal line breaks count ``\r\n`` as one character; it becomes a blank and ``\n``.
    """
    return text.replace("\r\n", " \n").replace("\r", "\n")
