"""From mentions to study labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from nlp.report import Mention

if TYPE_CHECKING:
    from nlp.rules.compile import Lexicon

NO_FINDING = "no_finding"
UNCHANGED, ABSENT, UNCERTAIN, PRESENT = 1, 2, 4, 8
"""What may be said of a finding; of several things said in one report the bits are set together."""

BIT = {"absent": ABSENT, "uncertain": UNCERTAIN, "present": PRESENT}

AGGREGATIONS: Mapping[str, int | None] = {"cxr": None, "chexpert": -1, "negbio": 0}
"""Order of aggregation to the label of a finding that is denied in one place and doubted in another.

Present beats uncertain beats absent in all of them, but the published labelers look for that pair first, so that it
decides even where the finding is also present, against the description in the papers (``aggregate.py`` of the CheXpert
labeler, Irvin et al. 2019; NegBio as run for MIMIC-CXR-JPG, Johnson et al. 2019). None: no such exception.
"""

PRESENCE_SCHEMES = frozenset({"chestxray14"})
"""Schemes whose labels say what is present and nothing else: in them an indexed finding has the label 1."""


def _value(said: int, aggregation: str) -> int:
    denied_and_doubted = AGGREGATIONS[aggregation]
    if denied_and_doubted is not None and said & ABSENT and said & UNCERTAIN:
        return denied_and_doubted
    if said & PRESENT:
        return 1
    return 0 if said & ABSENT and not said & UNCERTAIN else -1


_VALUES = {name: tuple(_value(said, name) for said in range(16)) for name in AGGREGATIONS}


def study_labels(
    mentions: Iterable[Mention], lexicon: Lexicon, aggregation: str = "cxr", *, is_read: bool
) -> dict[str, int]:
    """Combine the mentions of a study; a finding counts for the wider ones it is a kind of.

    "Stable mediastinal contours" says neither normal nor enlarged: uncertain, but anything else said of them comes
    first, and it is no abnormality. No Finding is as CheXpert defines it (Irvin et al. 2019, section 2.2): no
    abnormality is present or uncertain, support devices aside.

    Parameters
    ----------
    mentions : iterable of Mention
    lexicon : Lexicon
        Gives the wider findings, those that contradict No Finding, and the cues for no change.
    aggregation : str
        One of `AGGREGATIONS`.
    is_read : bool
        Whether any text was there to label; an empty report is no report without findings.

    Returns
    -------
    dict of str to int
        Finding to 1, 0 or -1. ``no_finding`` is 1 or not there.
    """
    said: dict[str, int] = {}
    chains, unchanged = lexicon.chains, lexicon.unchanged_cues
    for mention in mentions:
        bit = UNCHANGED if mention.cue_rule_id in unchanged else BIT[mention.assertion]
        for finding in chains[mention.finding]:
            said[finding] = said.get(finding, 0) | bit
    values, blocking = _VALUES[aggregation], lexicon.blocking
    labels = {finding: values[bits] for finding, bits in said.items()}
    if is_read and not any(said[f] > UNCHANGED and value and f in blocking for f, value in labels.items()):
        labels[NO_FINDING] = 1
    return labels


def indexed_findings(labels: Mapping[str, int], mentions: Iterable[Mention], lexicon: Lexicon) -> frozenset[str]:
    """Return the findings that an indexer codes: those present, and those named as alternatives or borderline.

    Presence-only codings, such as Open-I's MeSH terms (Demner-Fushman et al. 2016) and ChestX-ray14's labels, have no
    word for uncertain. Open-I's coders code both of "scarring or atelectasis", which are uncertain as labels, and
    neither of "may be atelectasis". What a label denies is not indexed.

    Parameters
    ----------
    labels : mapping of str to int
        Study labels.
    mentions : iterable of Mention
    lexicon : Lexicon
        Gives the cue rules with ``is_indexed`` and the wider findings.
    """
    indexed = {finding for finding, value in labels.items() if value == 1}
    for mention in mentions:
        if mention.assertion == "uncertain" and mention.cue_rule_id in lexicon.indexed_cues:
            indexed.update(finding for finding in lexicon.chains[mention.finding] if labels[finding])
    return frozenset(indexed)
