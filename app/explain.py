"""``cxr explain``: a report with its mentions and the cues that decided them, in colour."""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text

from app import console
from nlp.report import LabeledReport, Mention
from warehouse.findings import findings

STYLES: Mapping[str, str] = {"present": "bold white on red", "absent": "black on green", "uncertain": "black on yellow"}
CUE_STYLE = "underline bold"
VALUES = {1: "present", 0: "absent", -1: "uncertain"}


def show(text: str, report: LabeledReport) -> None:
    """Print the text with mentions coloured and cues underlined, the evidence as a table, then the labels."""
    shown = Text(text)
    for mention in report.mentions:
        shown.stylize(STYLES[mention.assertion], mention.start, mention.end)
        if mention.cue_start is not None and mention.cue_end is not None:
            shown.stylize(CUE_STYLE, mention.cue_start, mention.cue_end)
    console.out.print(shown)
    legend = Text.assemble(*((f" {name} ", style) for name, style in STYLES.items()), "  ", ("deciding cue", CUE_STYLE))
    console.out.print(legend)
    console.say("")
    if not report.mentions:
        console.say("No finding is mentioned in a section that counts.")
    else:
        columns = ["finding", "words, rule", "cue, rule", "section, attributes"]
        console.table("", columns, [_evidence(text, mention) for mention in report.mentions])
    labels = [(findings()[finding].name, VALUES[value]) for finding, value in report.labels.items()]
    if labels:
        console.table("Labels", ["finding", "label"], labels)


def as_json(report: LabeledReport) -> dict[str, object]:
    """Return mentions and labels as plain data."""
    return {"labels": report.labels, "mentions": [mention._asdict() for mention in report.mentions]}


def _evidence(text: str, mention: Mention) -> tuple[Text, ...]:
    cue = "" if mention.cue_start is None else text[mention.cue_start : mention.cue_end]
    attributes = (mention.laterality, mention.location, mention.severity, mention.change)
    return (
        Text.assemble(findings()[mention.finding].name, "\n", (mention.assertion, "dim")),
        Text.assemble(" ".join(mention.text.split()), "\n", (mention.rule_id, "dim")),
        Text.assemble(" ".join(cue.split()), "\n", (mention.cue_rule_id or "", "dim")),
        Text.assemble(mention.section, "\n", (" ".join(filter(None, attributes)), "dim")),
    )
