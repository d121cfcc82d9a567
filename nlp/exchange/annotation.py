"""Labeled reports as files of annotation tools, to read and correct by hand: brat's standoff, Label Studio's tasks.

Both get the same: every mention with its finding, assertion and attributes, and every cue that decided, tied to the
mentions that it decides. Offsets are characters of the report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

from nlp.report import VALUES, AnnotatedReport, Mention
from nlp.rules.compile import Lexicon
from nlp.rules.shapes import AttributeRule
from warehouse.findings import findings

CUE = "cue"
"""Type of the words that decided an assertion, beside the findings."""

DECIDES = "decides"
"""Relation from a cue to a mention."""

ATTRIBUTES = ("assertion", "laterality", "location", "severity", "change")
"""Fields of a mention that a person may correct."""

# A tab ends a field and a line break a line of an .ann file; Python, in which brat is written, knows ten line breaks.
_FRAGMENT = re.compile(r"[^\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")


def attribute_values(lexicon: Lexicon) -> dict[str, list[str]]:
    """Return attribute to every value that the labeler can give it."""
    values: dict[str, list[str]] = {name: [] for name in ATTRIBUTES} | {"assertion": list(VALUES)}
    for rule in lexicon.rules.values():
        if isinstance(rule, AttributeRule) and rule.value not in values[rule.attribute]:
            values[rule.attribute].append(rule.value)
    return values


def document(text: str) -> str:
    r"""Return the text with ``\n`` as its only line break and as many characters as before, so that offsets hold.

    Readers with universal line breaks count ``\r\n`` as one character; it becomes a blank and ``\n``.
    """
    return text.replace("\r\n", " \n").replace("\r", "\n")


def brat_standoff(text: str, mentions: Iterable[Mention]) -> str:
    r"""Return the lines of an .ann file: T (entities), then A (attributes), then R (relations).

    brat repeats an entity's words on its line. An entity that runs over a line break is therefore discontinuous, a
    fragment a line ("T1\tedema 0 9;10 15\tpulmonary edema"), as the format's description asks:
    http://brat.nlplab.org/standoff.html

    Parameters
    ----------
    text : str
        The report, as it was labeled.
    mentions : iterable of Mention
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
        for attribute, value in _attributes(mention).items():
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


def brat_configuration(values: Mapping[str, Iterable[str]]) -> str:
    """Return ``annotation.conf`` for a folder of such files.

    Parameters
    ----------
    values : mapping of str to iterable of str
        As from `attribute_values`.
    """
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


def label_studio_task(report: AnnotatedReport, model_version: str) -> dict[str, Any]:
    """Return a task of Label Studio: the report as data, what the labeler found as a prediction.

    Parameters
    ----------
    report : AnnotatedReport
    model_version : str
        Shown as the prediction's origin.
    """
    text = document(report.text)
    regions: dict[str, dict[str, Any]] = {}
    details: list[dict[str, Any]] = []

    def region(name: str, start: int, end: int, control: str, kind: str, choice: str) -> dict[str, Any]:
        value = {"start": start, "end": end, "text": text[start:end], kind: [choice]}
        return {"id": name, "from_name": control, "to_name": "text", "type": kind, "value": value}

    for i, mention in enumerate(report.mentions):
        name, span = f"mention{i}", (mention.start, mention.end)
        regions[name] = region(name, *span, "finding", "labels", mention.finding)
        details += [
            region(name, *span, *(control, "choices", value)) for control, value in _attributes(mention).items()
        ]
        if mention.cue_start is not None and mention.cue_end is not None:
            cue = f"cue{mention.cue_start}-{mention.cue_end}"
            regions[cue] = region(cue, mention.cue_start, mention.cue_end, "finding", "labels", CUE)
            details.append(
                {"type": "relation", "from_id": cue, "to_id": name, "direction": "right", "labels": [DECIDES]}
            )
    return {
        "data": {"dataset": report.dataset, "study_id": report.study_id, "text": text},
        "predictions": [{"model_version": model_version, "result": [*regions.values(), *details]}],
    }


def label_studio_configuration(values: Mapping[str, Iterable[str]]) -> str:
    """Return the labeling interface of Label Studio (XML) for such tasks.

    Parameters
    ----------
    values : mapping of str to iterable of str
        As from `attribute_values`.
    """
    lines = [
        "<View>",
        f'  <Relations><Relation value="{DECIDES}"/></Relations>',
        '  <Labels name="finding" toName="text">',
    ]
    lines += [f"    <Label value={quoteattr(finding)}/>" for finding in (*findings(), CUE)]
    lines += ["  </Labels>", '  <Text name="text" value="$text"/>']
    for name, choices in values.items():
        lines.append(f'  <Choices name="{name}" toName="text" perRegion="true" choice="single" showInline="true">')
        lines += [f"    <Choice value={quoteattr(choice)}/>" for choice in choices]
        lines.append("  </Choices>")
    return "\n".join([*lines, "</View>"]) + "\n"


def _attributes(mention: Mention) -> dict[str, str]:
    """Return the attributes that are known."""
    return {name: value for name in ATTRIBUTES if (value := getattr(mention, name)) is not None}


def _brat_name(value: str) -> str:
    """Return a value as brat's names are: without blanks."""
    return value.replace(" ", "_")
