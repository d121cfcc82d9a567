"""The labeler as a component of a spaCy pipeline: ``spacy.blank("en").add_pipe("cxr_findings")``.

spaCy finds the factory by its entry point, so nothing has to be imported. What the component finds is kept in the
document as plain data and as spans, and therefore survives ``Doc.to_bytes``, ``DocBin`` and ``nlp.pipe(n_process=2)``.
The plain data are lists: medspaCy, once imported, takes every stored dict with a key "section" for its own.

==========================  ==========================================================================================
``Doc._.cxr_labels``        finding to 1 present, 0 absent or -1 uncertain; not mentioned, no key
``Doc._.cxr_sections``      a dict for each: section, ordinal, start, end, is_label_source
``Doc._.cxr_mentions``      span id to the fields of `nlp.report.Mention`, whose offsets are characters of the text
``Doc.spans["cxr"]``        a span for each mention: ``label_`` is the finding, ``id_`` its key in ``cxr_mentions``
``Span._.assertion``, ...   of a mention; also rule_id, cue_rule_id, section, laterality, location, severity, change
``Span._.cue``              span of the cue that decided, or None
==========================  ==========================================================================================

A span is made of whole tokens; where spaCy's tokens are coarser than the labeler's words ("effusion/atelectasis" is one
token) it is wider than the mention. The mention's own characters are in ``cxr_mentions``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span

from nlp.engines.phrase_labeler import CxrLabeler
from nlp.report import Mention, Section
from nlp.rules.compile import load_lexicon

SPANS = "cxr"
"""Key of the mentions in ``Doc.spans``."""

EVIDENCE = ("assertion", "rule_id", "cue_rule_id", "section", "laterality", "location", "severity", "change")
"""Fields of a mention that a span gives as ``Span._``."""

_MENTIONS, _SECTIONS = "cxr_mentions", "cxr_sections"
_OF_SECTION = tuple(name for name in Section._fields if name != "text")


class FindingsComponent:
    """Labels the documents of a pipeline, whatever else is in it.

    Parameters
    ----------
    lexicon : str, optional
        Folder of rule files; default: the package's own.

    Raises
    ------
    ConfigError
        The first thing wrong with the lexicon.
    """

    def __init__(self, lexicon: str | None = None) -> None:
        self.lexicon = lexicon
        self._labeler = CxrLabeler(load_lexicon(Path(lexicon)) if lexicon else None)

    def __call__(self, doc: Doc) -> Doc:
        """Label a document; what an earlier call left in it is replaced."""
        report = self._labeler.label(doc.text)
        mentions = {f"{SPANS}:{i}": mention for i, mention in enumerate(report.mentions)}
        doc._.cxr_labels = dict(report.labels)
        doc.user_data[_MENTIONS] = {key: list(mention) for key, mention in mentions.items()}
        doc.user_data[_SECTIONS] = [[getattr(section, name) for name in _OF_SECTION] for section in report.sections]
        spans = (
            doc.char_span(m.start, m.end, label=m.finding, span_id=key, alignment_mode="expand")
            for key, m in mentions.items()
        )
        doc.spans[SPANS] = [span for span in spans if span is not None]
        return doc

    def __reduce__(self) -> tuple[Any, ...]:
        # A process that is spawned compiles the lexicon itself.
        return FindingsComponent, (self.lexicon,)


@Language.factory(
    "cxr_findings",
    default_config={"lexicon": None},
    assigns=["doc.spans", "doc._.cxr_labels", "doc._.cxr_sections", "doc._.cxr_mentions"],
)
def create_findings(nlp: Language, name: str, lexicon: str | None) -> FindingsComponent:
    """Make the component for a pipeline; called by ``nlp.add_pipe`` and when a pipeline is loaded from disk."""
    del nlp, name
    return FindingsComponent(lexicon)


def _mentions(doc: Doc) -> dict[str, dict[str, Any]] | None:
    stored = doc.user_data.get(_MENTIONS)
    return None if stored is None else {key: Mention(*values)._asdict() for key, values in stored.items()}


def _sections(doc: Doc) -> list[dict[str, Any]] | None:
    stored = doc.user_data.get(_SECTIONS)
    return None if stored is None else [dict(zip(_OF_SECTION, values, strict=True)) for values in stored]


def _mention(span: Span) -> Mention | None:
    values = (span.doc.user_data.get(_MENTIONS) or {}).get(span.id_)
    return None if values is None else Mention(*values)


def _evidence(span: Span, *, name: str, otherwise: Callable[[Span], Any] | None) -> Any:
    if (mention := _mention(span)) is not None:
        return getattr(mention, name)
    return otherwise(span) if otherwise else None


def _cue(span: Span) -> Span | None:
    mention = _mention(span)
    if mention is None or mention.cue_start is None or mention.cue_end is None:
        return None
    return span.doc.char_span(mention.cue_start, mention.cue_end, alignment_mode="expand")


def register_extensions() -> None:
    """Register what documents and spans have under ``._``; importing the module does it."""
    Doc.set_extension("cxr_labels", default=None, force=True)
    Doc.set_extension("cxr_sections", getter=_sections, force=True)
    Doc.set_extension("cxr_mentions", getter=_mentions, force=True)
    Span.set_extension("cue", getter=_cue, force=True)
    for name in EVIDENCE:
        # Of a span that is not ours another package may know more: medspaCy has a Span._.section too.
        otherwise = Span.get_extension(name)[2] if Span.has_extension(name) else None
        Span.set_extension(name, getter=partial(_evidence, name=name, otherwise=otherwise), force=True)


register_extensions()
