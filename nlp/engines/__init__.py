"""The labelers behind one protocol."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Protocol

from nlp.engines.semantics import Semantics
from nlp.report import LabeledReport
from nlp.rules.compile import Lexicon
from warehouse.errors import ConfigError

# Modules are imported when a labeler is asked for: spaCy and medspaCy take seconds.
_CLASSES = {
    "cxr": ("nlp.engines.phrase_labeler", "CxrLabeler"),
    "medspacy_context": ("nlp.engines.medspacy_context", "MedspacyContextLabeler"),
}

LABELERS = tuple(_CLASSES)


class Labeler(Protocol):
    """A labeler: texts in, sections, mentions and labels out, in the same order. It can be pickled."""

    name: str
    """Name in nlp.label.labeler."""
    lexicon: Lexicon
    """Findings and phrases."""
    lexicon_sha: str
    """sha256 of the rules that decide the labels."""
    semantics: Semantics
    """Which text is labeled and how mentions become labels."""

    def label_texts(self, texts: Iterable[str]) -> Iterator[LabeledReport]:
        """Label texts one after the other; never raises on a text."""
        ...


def load(
    labeler: str,
    *,
    lexicon: Lexicon | None = None,
    semantics: Semantics = Semantics(),  # noqa: B008 - it is frozen
    name: str | None = None,
) -> Labeler:
    """Return a labeler.

    Parameters
    ----------
    labeler : str
        One of `LABELERS`.
    lexicon : Lexicon, optional
        Default: the one that comes with the package.
    semantics : Semantics
        Which text is labeled and how mentions become labels.
    name : str, optional
        Name in the warehouse, to keep labels of several lexicons or semantics side by side; default: the labeler's.

    Raises
    ------
    ConfigError
        No such labeler.
    """
    if labeler not in _CLASSES:
        raise ConfigError(f"no labeler '{labeler}'", fix=f"Known: {', '.join(LABELERS)}")
    module, class_name = _CLASSES[labeler]
    loaded: Labeler = getattr(import_module(module), class_name)(lexicon, semantics, name or labeler)
    return loaded
