"""A labeled report as what displaCy draws, without a spaCy pipeline."""

from __future__ import annotations

import re
from typing import Any

from nlp.report import Assertion, LabeledReport, Mention
from warehouse.findings import findings

CUE = "cue"
_ASSERTION_COLORS: dict[Assertion, str] = {"present": "#f4a6a0", "absent": "#a9d8b2", "uncertain": "#f7dc8b"}
_TOKEN = re.compile(r"[^\W_]+|[^\w\s]|_+")


def _label(finding: str, assertion: Assertion) -> str:
    return f"{findings()[finding].name}: {assertion}"


DISPLACY_OPTIONS: dict[str, Any] = {
    "colors": {CUE: "#c9d6e8"}
    | {_label(finding, assertion): color for finding in findings() for assertion, color in _ASSERTION_COLORS.items()}
}
"""``options`` for ``displacy.render``: one colour an assertion, whatever the finding."""


def to_displacy(text: str, report: LabeledReport) -> dict[str, Any]:
    """Return what ``spacy.displacy.render(..., manual=True, options=DISPLACY_OPTIONS)`` takes.

    Parameters
    ----------
    text : str
        The report, as it was labeled.
    report : LabeledReport

    Returns
    -------
    dict
        ``tokens`` and ``spans`` for ``style="span"``: every mention and every deciding cue, overlapping or not.
        ``text`` and ``ents`` for ``style="ent"``, which cannot draw overlaps: of overlapping mentions the first, the
        longest where they begin together, and no cues.

    Examples
    --------
    >>> import cxr
    >>> text = "No edema."
    >>> cxr.to_displacy(text, cxr.label(text))["ents"]
    [{'start': 3, 'end': 8, 'label': 'Edema: absent'}]
    """
    tokens = list(_TOKEN.finditer(text))
    cues = sorted({(m.cue_start, m.cue_end) for m in report.mentions if m.cue_start is not None})
    marked = [(m.start, m.end, _label(m.finding, m.assertion)) for m in report.mentions]
    marked += [(start, end, CUE) for start, end in cues if start is not None and end is not None]
    return {
        "text": text,
        "ents": [
            {"start": m.start, "end": m.end, "label": _label(m.finding, m.assertion)}
            for m in _without_overlaps(report.mentions)
        ],
        "tokens": [token.group() for token in tokens],
        "spans": [
            {
                "start_token": sum(token.end() <= start for token in tokens),
                "end_token": sum(token.start() < end for token in tokens),
                "label": label,
            }
            for start, end, label in marked
        ],
        "title": None,
    }


def _without_overlaps(mentions: tuple[Mention, ...]) -> list[Mention]:
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda m: (m.start, -m.end)):
        if not kept or mention.start >= kept[-1].end:
            kept.append(mention)
    return kept
