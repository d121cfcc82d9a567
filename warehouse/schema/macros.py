"""What SQL in Python and in dbt shares beside tables: macros of ``raw``, and the text of a report that is scored.

A warehouse file holds them, so that any DuckDB that opens it has them.
"""

from __future__ import annotations

from warehouse.splits import BOUNDS, RELEASE_SPLIT_RULE, SPLIT_RULE
from warehouse.sql import literal

_BELOW = "\n    ".join(
    f"when md5_number(dataset || ':' || patient_id) % 100 < {bound} then {literal(part)}"
    for part, bound in BOUNDS.items()
)

MACROS: dict[str, str] = {
    "raw.patient_split(dataset, patient_id)": f"case\n    {_BELOW}\n    else 'test'\nend",
    "raw.patient_split_rule()": literal(SPLIT_RULE),
    "raw.release_split_rule()": literal(RELEASE_SPLIT_RULE),
    # The same on every machine and in every version of DuckDB; the remainder fits a BIGINT.
    "raw.text_hash(text)": "(md5_number(text) % 9223372036854775807)::bigint",
}

LABEL_SOURCE_TEXT = r"""
select
    dataset,
    patient_id,
    study_id,
    text,
    raw.text_hash(text) as text_hash,
    passages
from (
    select
        report.dataset,
        report.patient_id,
        report.study_id,
        coalesce(if(section.n_sections = 0, report.text, section.text), '') as text,
        if(
            section.n_sections = 0,
            [{'start': 0, 'text': coalesce(report.text, '')}],
            coalesce(section.passages, [])
        ) as passages
    from raw.report as report, lateral (
        select
            count(*) as n_sections,
            string_agg(s.text, e'\n\n' order by s.ordinal) filter (s.is_label_source) as text,
            list({'start': s.start, 'text': s.text} order by s.ordinal) filter (s.is_label_source) as passages
        from nlp.section as s
        where s.dataset = report.dataset and s.study_id = report.study_id and s.rules = 'corrected'
    ) as section
    where report.language = 'en'
)
"""
"""English reports as networks read them: the sections whose mentions count (findings, impression), joined by blank
lines; the whole report where its sections have not been found yet. ``passages`` are the parts, each with its place in
the report.

The sections are joined report by report: of a few studies, named as ``study_id in (...)``, only their own are read."""


def statements() -> list[str]:
    """Return the statements that make them, in place of those of an earlier version."""
    return [f"create or replace macro {name} as {body}" for name, body in MACROS.items()] + [
        f"create or replace view nlp.label_source_text as {LABEL_SOURCE_TEXT}"
    ]
