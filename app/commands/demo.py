"""``cxr demo``: the pipeline on the public data, then what a newcomer wants to see."""

from __future__ import annotations

from dataclasses import astuple
from itertools import groupby

import typer

from app import console
from app.options import Warehouse
from warehouse.config import Settings, load_settings

TASKS = ("mention", "positive", "negation", "uncertainty")
BENCHMARK = f"""
pivot (
    select gold, n_studies, labeler, task, f1 from marts.labeler_benchmark where not is_published and finding = 'macro'
)
on task in {TASKS} using max(f1)
order by gold, labeler
"""

QUERIES = {
    "How often does each labeler find what?": (
        "select labeler, finding, n_positive, n_uncertain, n_negative from marts.finding_prevalence"
        " where dataset = 'openi' order by finding, labeler"
    ),
    "Why does a report have its label?": (
        "select study_id, finding, assertion, text, cue_text, rule_id, cue_rule_id from marts.finding_mention"
        " where finding = 'pneumothorax' and assertion = 'uncertain'"
    ),
    "Where do the rules and the network disagree?": (
        "select s.study_id, s.probability, l.value from marts.fct_report_score s left join marts.fct_study_label l"
        " on (l.dataset, l.study_id, l.finding, l.labeler) = (s.dataset, s.study_id, s.finding, 'cxr')"
        " where s.finding = 'pleural_effusion' and (s.probability > 0.5) <> (coalesce(l.value, 0) = 1)"
    ),
}


def demo(warehouse: Warehouse = None) -> None:
    """Load, label, score, build, check and benchmark the public data; then show what there is to query.

    About 450,000 rows of public tables and the 3,955 reports of Open-I, from a package that ships them: no download
    beyond the installation. A second run finds its work done.
    """
    if run(load_settings(warehouse=warehouse)):
        raise typer.Exit(console.QUALITY_GATE)


def run(settings: Settings) -> bool:
    """Run the pipeline and print the tour; return whether a blocking quality check failed."""
    from app import pipeline
    from app.commands.status import tables
    from models.evaluation import page
    from nlp.evaluation.benchmark import speeds
    from warehouse.connection import read_only

    chosen = [(name, None) for name in pipeline.PUBLIC_SOURCES]
    with console.progress() as progress:
        report = pipeline.run(settings, chosen, progress)
    with read_only(settings.warehouse) as con:
        console.table("What is in the warehouse", ["table", "rows"], tables(con))
        measured, rates = con.sql(BENCHMARK).fetchall(), speeds(con)
    for (gold, n_studies), rows in groupby(measured, key=lambda row: row[:2]):
        lines = [(labeler, *figures, round(rates[labeler])) for _, _, labeler, *figures in rows]
        title = f"Macro F1 against {gold}, {n_studies:,} studies; reports/s as stored"
        console.table(title, ["labeler", *TASKS, "reports/s"], lines)
    console.table("Stages", ["stage", "outcome", "seconds"], [astuple(row) for row in report.stages])
    console.say(f"[bold]Warehouse[/bold]       {settings.warehouse}")
    console.say(f"[bold]Quality report[/bold]  {report.report}")
    console.say(f"[bold]Networks[/bold]        {settings.pages / page.FILE}")
    console.say(f"[bold]Data Docs[/bold]       {settings.pages / 'data_docs' / 'index.html'}\n")
    console.say("[bold]Three queries to try[/bold]")
    for question, query in QUERIES.items():
        console.say(f"\n[dim]# {question}[/dim]")
        console.out().print(f'cxr sql "{query}"', soft_wrap=True, markup=False)
    return report.is_blocked
