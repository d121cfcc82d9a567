"""Labeled reports as tasks of Label Studio, and the labeling interface that they need."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from nlp.exchange.evidence import CUE, DECIDES, attribute_values, attributes_of, document
from nlp.report import AnnotatedReport
from warehouse.findings import findings


def task(report: AnnotatedReport, model_version: str) -> dict[str, Any]:
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
            region(name, *span, *(control, "choices", value)) for control, value in attributes_of(mention).items()
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


def configuration() -> str:
    """Return the labeling interface of Label Studio (XML) for such tasks."""
    lines = [
        "<View>",
        f'  <Relations><Relation value="{DECIDES}"/></Relations>',
        '  <Labels name="finding" toName="text">',
    ]
    lines += [f"    <Label value={quoteattr(finding)}/>" for finding in (*findings(), CUE)]
    lines += ["  </Labels>", '  <Text name="text" value="$text"/>']
    for name, choices in attribute_values().items():
        lines.append(f'  <Choices name="{name}" toName="text" perRegion="true" choice="single" showInline="true">')
        lines += [f"    <Choice value={quoteattr(choice)}/>" for choice in choices]
        lines.append("  </Choices>")
    return "\n".join([*lines, "</View>"]) + "\n"


def write(reports: Iterable[AnnotatedReport], folder: Path, *, model_version: str) -> None:
    """Write ``tasks.json`` and ``labeling_config.xml``."""
    interface = folder / "labeling_config.xml"
    interface.write_text(configuration(), encoding="utf-8", newline="\n")
    with (folder / "tasks.json").open("w", encoding="utf-8", newline="\n") as file:
        file.write("[")
        separator = "\n"
        for report in reports:
            file.write(separator + json.dumps(task(report, model_version), ensure_ascii=False))
            separator = ",\n"
        file.write("\n]\n")
