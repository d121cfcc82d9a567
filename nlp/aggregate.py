"""From mentions to study labels."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from functools import cache

from nlp.report import Mention
from warehouse.findings import findings, with_ancestors

NO_FINDING = "no_finding"
UNCHANGED, ABSENT, UNCERTAIN, PRESENT = range(4)
RANK = {"absent": ABSENT, "uncertain": UNCERTAIN, "present": PRESENT}
VALUE_OF_RANK = (-1, 0, -1, 1)

PRESENCE_SCHEMES = frozenset({"chestxray14"})
"""Schemes whose labels say what is present and nothing else: in them an indexed finding has the label 1."""


@cache
def _chain(finding: str) -> tuple[str, ...]:
    return tuple(with_ancestors(finding))


@cache
def _blocking() -> frozenset[str]:
    return frozenset(finding.id for finding in findings().values() if finding.blocks_no_finding)


def study_labels(mentions: Iterable[Mention], unchanged_cues: Container[str] = (), *, is_read: bool) -> dict[str, int]:
    """Combine the mentions of a study: 1 beats -1 beats 0, and a finding counts for the wider ones it is a kind of.

    "Stable mediastinal contours" says neither normal nor enlarged: uncertain, but anything else said of them comes
    first, and it is no abnormality.

    Parameters
    ----------
    mentions : iterable of Mention
    unchanged_cues : container of str, optional
        Ids of the cue rules for no change of what every radiograph shows.
    is_read : bool
        Whether any text was there to label; an empty report is no report without findings.

    Returns
    -------
    dict of str to int
        Finding to 1, 0 or -1. ``no_finding`` is 1 or not there.
    """
    ranks: dict[str, int] = {}
    for mention in mentions:
        rank = UNCHANGED if mention.cue_rule_id in unchanged_cues else RANK[mention.assertion]
        for finding in _chain(mention.finding):
            if rank > ranks.get(finding, -1):
                ranks[finding] = rank
    labels = {finding: VALUE_OF_RANK[rank] for finding, rank in ranks.items()}
    if is_read and not any(rank > ABSENT and finding in _blocking() for finding, rank in ranks.items()):
        labels[NO_FINDING] = 1
    return labels


def indexed_findings(
    labels: Mapping[str, int], mentions: Iterable[Mention] = (), indexed_cues: Container[str] = ()
) -> frozenset[str]:
    """Return the findings that an indexer codes: those present, and those named as alternatives or borderline.

    Presence-only codings, such as Open-I's MeSH terms (Demner-Fushman et al. 2016) and ChestX-ray14's labels, have no
    word for uncertain. Open-I's coders code both of "scarring or atelectasis", which are uncertain as labels, and
    neither of "may be atelectasis".

    Parameters
    ----------
    labels : mapping of str to int
        Study labels.
    mentions : iterable of Mention, optional
    indexed_cues : container of str, optional
        Ids of the cue rules with ``is_indexed``.
    """
    named = (m.finding for m in mentions if m.assertion == "uncertain" and m.cue_rule_id in indexed_cues)
    present = (finding for finding, value in labels.items() if value == 1)
    return frozenset(present).union(*map(_chain, named))
