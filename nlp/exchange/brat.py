"""Labeled reports as brat's standoff files: a .txt and an .ann for each report, and their ``annotation.conf``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from nlp.exchange.evidence import CUE, DECIDES, attribute_values, attributes_of, document
from nlp.report import AnnotatedReport, Mention
from warehouse.findings import findings

# A tab ends a field and a line break a line of an .ann file; Python, in which brat is written, knows ten line breaks.
_FRAGMENT = re.compile(r"[^\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")


def to_brat(text: str, mentions: Iterable[Mention]) -> str:
    r"""Return the lines of an .ann file: T (entities), then A (attributes), then R (relations).

    brat repeats an entity's words on its line. An entity that runs over a line break is therefore discontinuous, a
    fragment a line ("T1\tedema 0 9;10 15\tpulmonary edema"), as the format's description asks:
    http://brat.nlplab.org/standoff.html

    Parameters
    ----------
    text : str
        The report, as it was labeled.
    mentions : iterable of Mention

    Examples
    --------
    >>> import cxr
    >>> print(cxr.to_brat("Edema.", cxr.mentions("Edema.")).expandtabs(4), end="")
    T1  edema 0 5   Edema
    A1  assertion T1 present
    """
    entities: list[str] = []
    attributes: list[str] = []
    relations: list[str] = []
    cues: dict[tuple[int, int], str] = {}

    def add_entity(kind: str, start: int, end: int) -> str:
        name, spans = f"T{len(entities) + 1}", fragments(text, start, end)
        offsets = ";".join(f"{low} {high}" for low, high in spans)
        entities.append(f"{name}\t{kind} {offsets}\t{' '.join(text[low:high] for low, high in spans)}")
        return name

    for mention in mentions:
        entity = add_entity(mention.finding, mention.start, mention.end)
        for attribute, value in attributes_of(mention).items():
            attributes.append(f"A{len(attributes) + 1}\t{attribute} {entity} {_brat_name(value)}")
        if mention.cue_start is not None and mention.cue_end is not None:
            span = (mention.cue_start, mention.cue_end)
            if span not in cues:
                cues[span] = add_entity(CUE, *span)
            relations.append(f"R{len(relations) + 1}\t{DECIDES} Arg1:{cues[span]} Arg2:{entity}")
    return "".join(f"{line}\n" for line in (*entities, *attributes, *relations))


def fragments(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the offsets of the stretches of a span between tabs and line breaks, blanks at their ends left out."""
    found = []
    for match in _FRAGMENT.finditer(text, start, end):
        words = match.group()
        low, high = match.end() - len(words.lstrip()), match.start() + len(words.rstrip())
        if low < high:
            found.append((low, high))
    return found


def configuration() -> str:
    """Return ``annotation.conf`` for a folder of such files."""
    values = attribute_values()
    lines = [
        "[entities]", *findings(), CUE, "",
        "[relations]", f"{DECIDES}\tArg1:{CUE}, Arg2:<ENTITY>",
        # The same words can mention two findings, as "hydropneumothorax" does.
        "<OVERLAP>\tArg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>", "",
        "[events]", "",
        "[attributes]",
        *(f"{name}\tArg:<ENTITY>, Value:{'|'.join(map(_brat_name, named))}" for name, named in values.items()),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def write(reports: Iterable[AnnotatedReport], folder: Path) -> None:
    """Write ``annotation.conf`` and, in a folder for each data set, a .txt and an .ann file for each report."""
    _write(folder / "annotation.conf", configuration())
    for report in reports:
        # An id may hold what a file's name cannot, as CheXpert's slashes.
        path = folder / quote(report.dataset, safe="") / quote(report.study_id, safe="")
        path.parent.mkdir(exist_ok=True)
        _write(path.with_name(f"{path.name}.txt"), document(report.text))
        _write(path.with_name(f"{path.name}.ann"), to_brat(report.text, report.mentions))


def _brat_name(value: str) -> str:
    """Return a value as brat's names are: without blanks."""
    return value.replace(" ", "_")


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
