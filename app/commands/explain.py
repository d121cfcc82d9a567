"""``cxr explain``: a report with its mentions and the cues that decided them, in colour."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from app import console
from app.options import AsJson, Dataset, Scheme, Warehouse
from warehouse.config import load_settings
from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    from nlp.labeling import stored
    from nlp.report import LabeledReport, Mention
    from warehouse.findings import Finding

STYLES: Mapping[str, str] = {"present": "bold white on red", "absent": "black on green", "uncertain": "black on yellow"}
CUE_STYLE = "underline bold"
VALUES: Mapping[int | None, str] = {1: "present", 0: "absent", -1: "uncertain"}

Labels = Mapping[str, Mapping[str, int]]
"""Labeler to finding to 1, 0 or -1."""


def explain(
    text: Annotated[
        str | None,
        typer.Argument(
            metavar="STUDY_ID|TEXT", help="Study of the warehouse, or a text; '-' reads the text from standard input."
        ),
    ] = None,
    study: Annotated[
        str | None, typer.Option("--study", metavar="ID", help="Explain this study, whatever its id looks like.")
    ] = None,
    dataset: Dataset = None,
    scheme: Scheme = "chexpert14",
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Show the findings in a report, each with the words, the cue and the rules that decided.

    One word that is the id of a study with a report is taken for the study; everything else is text.
    """
    from nlp.engines.phrase_labeler import CxrLabeler
    from nlp.workbench.scheme import load_scheme

    if (text is None) == (study is None):
        raise typer.BadParameter("give either a text or an id, or --study ID")
    path = load_settings(warehouse=warehouse).warehouse
    report_text = sys.stdin.read() if text == "-" else text or ""
    is_text = text == "-"
    found = None if is_text else find(path, study or report_text, dataset=dataset, is_study=study is not None)
    if found:
        report_text = found[0].text
    labeler = CxrLabeler(load_scheme(scheme).lexicon)
    report = labeler.label(report_text)
    if as_json:
        console.emit_json(to_json(report, *found or ()))
        return
    show(report_text, report, labeler.lexicon.findings, found[1] if found else None)
    if not found and len(report_text.split()) == 1:
        console.say(f"Read as text: it is the id of no report in {path}.")


def find(
    path: Path, argument: str, *, dataset: str | None = None, is_study: bool = False
) -> tuple[stored.Report, Labels] | None:
    """Return the report that the argument names and its labels in the warehouse, or None when it is a text.

    A word that is the id of a study is taken for it; with ``is_study`` or a data set it must be one.

    Raises
    ------
    WarehouseError
        There is no such study, several data sets have it, or its report is not in English.
    """
    must_be_study = is_study or dataset is not None
    if not must_be_study and (not argument or len(argument.split()) != 1 or not path.exists()):
        return None
    from nlp.labeling import stored
    from warehouse.connection import read_only

    with read_only(path) as con:
        report = stored.find_report(con, argument.strip(), dataset)
        labels = stored.stored_labels(con, report) if report else {}
    if report is None:
        if must_be_study:
            raise WarehouseError(
                f"there is no report of study '{argument.strip()}'",
                where=dataset or path,
                fix="'cxr sql \"select dataset, study_id from raw.report\"' lists them",
            )
        return None
    if report.language != "en":
        raise WarehouseError(
            f"the report of study '{report.study_id}' is in '{report.language}'",
            where=report.dataset,
            fix="The labeler reads English; the release's own labels are in marts.fct_study_label",
        )
    return report, labels


def show(text: str, report: LabeledReport, findings: Mapping[str, Finding], labels: Labels | None = None) -> None:
    """Print the text with mentions coloured and cues underlined, the evidence as a table, then the labels.

    ``labels`` are those of the same report in the warehouse; they stand beside the ones just made.
    """
    shown = Text(text)
    for mention in report.mentions:
        shown.stylize(STYLES[mention.assertion], mention.start, mention.end)
        if mention.cue_start is not None and mention.cue_end is not None:
            shown.stylize(CUE_STYLE, mention.cue_start, mention.cue_end)
    console.out().print(shown)
    legend = Text.assemble(*((f" {name} ", style) for name, style in STYLES.items()), "  ", ("deciding cue", CUE_STYLE))
    console.out().print(legend)
    console.say("")
    if not report.mentions:
        console.say("No finding is mentioned in a section that counts.")
    else:
        columns = ["finding", "words, rule", "cue, rule", "section, attributes"]
        console.table("", columns, [_evidence(text, mention, findings) for mention in report.mentions])
    made: Labels = {"label": report.labels, **{f"{name}, stored": values for name, values in (labels or {}).items()}}
    rows = [
        (finding.name, *(VALUES.get(values.get(finding.id), "") for values in made.values()))
        for finding in findings.values()
        if any(finding.id in values for values in made.values())
    ]
    if rows:
        console.table("Labels", ["finding", *made], rows)


def to_json(
    report: LabeledReport, study: stored.Report | None = None, labels: Labels | None = None
) -> dict[str, object]:
    """Return mentions and labels as plain data; of a study in the warehouse also its ids and stored labels."""
    explained: dict[str, object] = {
        "labels": report.labels,
        "mentions": [mention._asdict() for mention in report.mentions],
    }
    if study is None:
        return explained
    return {"dataset": study.dataset, "study_id": study.study_id, **explained, "stored_labels": labels}


def _evidence(text: str, mention: Mention, findings: Mapping[str, Finding]) -> tuple[Text, ...]:
    cue = "" if mention.cue_start is None else text[mention.cue_start : mention.cue_end]
    attributes = (mention.laterality, mention.location, mention.severity, mention.change)
    return (
        Text.assemble(findings[mention.finding].name, "\n", (mention.assertion, "dim")),
        Text.assemble(" ".join(mention.text.split()), "\n", (mention.rule_id, "dim")),
        Text.assemble(" ".join(cue.split()), "\n", (mention.cue_rule_id or "", "dim")),
        Text.assemble(mention.section, "\n", (" ".join(filter(None, attributes)), "dim")),
    )
