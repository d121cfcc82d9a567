"""The labelers behind one protocol."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Protocol

from nlp.report import LabeledReport
from warehouse.errors import ConfigError

# Modules are imported when a labeler is asked for: spaCy and medspaCy take seconds.
_CLASSES = {
    "cxr": ("nlp.engines.cxr", "CxrLabeler"),
    "medspacy_context": ("nlp.engines.medspacy_context", "MedspacyContextLabeler"),
}

LABELERS = tuple(_CLASSES)


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
    """Return the labeler of that name (one of `LABELERS`).

    Raises
    ------
    ConfigError
        No such labeler.
    """
    if name not in _CLASSES:
        raise ConfigError(f"no labeler '{name}'", fix=f"Known: {', '.join(LABELERS)}")
    module, class_name = _CLASSES[name]
    labeler: Labeler = getattr(import_module(module), class_name)()
    return labeler
