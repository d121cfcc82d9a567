"""Labeling of chest-radiograph reports: findings, their assertion and the evidence, from rules kept as data."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nlp.engines.cxr import CxrLabeler
    from nlp.report import LabeledReport

__all__ = ["label", "to_displacy"]


def label(text: str) -> LabeledReport:
    """Label one report with the package's lexicon.

    Returns
    -------
    LabeledReport
        Sections, mentions with their evidence, and the study's labels.
    """
    return _labeler().label(text)


def to_displacy(text: str, report: LabeledReport) -> dict[str, Any]:
    """Return a labeled report as ``spacy.displacy.render(..., manual=True)`` draws it, see `nlp.exchange.displacy`."""
    from nlp.exchange import displacy

    return displacy.to_displacy(text, report)


@cache
def _labeler() -> CxrLabeler:
    from nlp.engines.cxr import CxrLabeler  # compiling the lexicon waits until a report is labeled

    return CxrLabeler()
