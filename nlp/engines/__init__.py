"""The labelers behind one protocol."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from nlp.report import LabeledReport
from warehouse.errors import ConfigError


class Labeler(Protocol):
    """A labeler: texts in, sections, mentions and labels out, in the same order."""

    name: str
    """Name in nlp.label.labeler."""
    lexicon_sha: str
    """sha256 of the rules that decide the labels."""

    def label_texts(self, texts: Iterable[str]) -> Iterator[LabeledReport]:
        """Label texts one after the other; never raises on a text."""
        ...


def load(name: str) -> Labeler:
    """Return the labeler of that name (``cxr`` or ``medspacy_context``); engines are imported when asked for.

    Raises
    ------
    ConfigError
        No such labeler.
    """
    if name == "cxr":
        from nlp.engines.cxr import CxrLabeler

        return CxrLabeler()
    if name == "medspacy_context":
        from nlp.engines.medspacy_context import MedspacyContextLabeler

        return MedspacyContextLabeler()
    raise ConfigError(f"no labeler '{name}'", fix="Known: cxr, medspacy_context")
