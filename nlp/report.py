"""What a labeler returns for one report."""

from __future__ import annotations

from typing import Literal, NamedTuple

Assertion = Literal["present", "absent", "uncertain"]

VALUES: dict[Assertion, int] = {"present": 1, "absent": 0, "uncertain": -1}


class Section(NamedTuple):
    """A section of a report; ``start`` and ``end`` are character offsets into the report's text.

    Attributes
    ----------
    section : str
        Normalised name.
    ordinal : int
        Place in the report, from 0.
    start, end : int
        Where the text stands; blanks at its ends are left out.
    text : str
    is_label_source : bool
        Whether mentions in it count.
    heading : str or None
        What opens it, as written; None for a preamble, a last paragraph and a text without headings.
    is_label_text : bool
        Whether it is the one section that stands for the report: `nlp.sections.corrected.label_text`.
    """

    section: str
    ordinal: int
    start: int
    end: int
    text: str
    is_label_source: bool
    heading: str | None = None
    is_label_text: bool = False


class Mention(NamedTuple):
    """A mention of a finding with its evidence; offsets are characters of the report's text."""

    section: str
    sentence: int
    start: int
    end: int
    text: str
    finding: str
    assertion: Assertion
    cue_start: int | None
    cue_end: int | None
    rule_id: str
    cue_rule_id: str | None
    laterality: str | None = None
    location: str | None = None
    severity: str | None = None
    change: str | None = None


class LabeledReport(NamedTuple):
    """What a labeler found in one report.

    Attributes
    ----------
    sections : tuple of Section
    mentions : tuple of Mention
    labels : dict of str to int
        Finding to 1, 0 or -1; a finding that is not mentioned has no key.
    indexed : frozenset of str
        Findings that an indexer of reports codes, see :func:`nlp.engines.aggregate.indexed_findings`.
    """

    sections: tuple[Section, ...]
    mentions: tuple[Mention, ...]
    labels: dict[str, int]
    indexed: frozenset[str] = frozenset()


class AnnotatedReport(NamedTuple):
    """A report and the mentions in it; offsets are characters of the text."""

    dataset: str
    study_id: str
    text: str
    mentions: tuple[Mention, ...]
