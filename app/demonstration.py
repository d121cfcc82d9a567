"""``cxr demo``: the pipeline on the public data, then what a newcomer wants to see."""

from __future__ import annotations

from dataclasses import astuple

from app import console, pipeline
from app.status import tables
from warehouse.config import Settings
from warehouse.connection import read_only

BENCHMARK = """
select gold, labeler, task,
    max(f1) filter (where finding = 'macro') as macro_f1,
    max(f1) filter (where finding = 'micro') as micro_f1,
    max(n_studies) as studies
from marts.labeler_benchmark
where not is_published
group by all
order by gold, task, labeler
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


def run(settings: Settings) -> bool:
    """Run the pipeline and print the tour; return whether a blocking quality check failed."""
    chosen = [(name, None) for name in pipeline.PUBLIC_SOURCES]
    with console.progress() as progress:
        report = pipeline.run(settings, chosen, progress)
    with read_only(settings.warehouse) as con:
        console.table("What is in the warehouse", ["table", "rows"], tables(con))
        measured = con.sql(BENCHMARK)
        console.table("Labelers against gold", list(measured.columns), measured.fetchall())
    console.table("Stages", ["stage", "outcome", "seconds"], [astuple(row) for row in report.stages])
    console.say(f"[bold]Warehouse[/bold]       {settings.warehouse}")
    console.say(f"[bold]Quality report[/bold]  {report.report}")
    console.say(f"[bold]Data Docs[/bold]       {settings.pages / 'data_docs' / 'index.html'}\n")
    console.say("[bold]Three queries to try[/bold]")
    for question, query in QUERIES.items():
        console.say(f'\n# {question}\ncxr sql "{query}"')
    return report.is_blocked
