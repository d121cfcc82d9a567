"""What a labeler returns for one report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Assertion = Literal["present", "absent", "uncertain"]

VALUES: dict[Assertion, int] = {"present": 1, "absent": 0, "uncertain": -1}


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a report; ``start`` and ``end`` are character offsets into the report's text."""

    section: str
    ordinal: int
    start: int
    end: int
    text: str
    is_label_source: bool


@dataclass(frozen=True, slots=True)
class Mention:
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


@dataclass(frozen=True, slots=True)
class LabeledReport:
    """Sections, mentions and study labels (finding id to 1, 0 or -1; not mentioned = no key) of one report."""

    sections: tuple[Section, ...]
    mentions: tuple[Mention, ...]
    labels: dict[str, int]
