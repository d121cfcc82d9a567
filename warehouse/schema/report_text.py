"""The text of a report that networks read: the view ``nlp.label_source_text``, and how a manifest names it."""

TEXT_POLICY = "label_source_sections_else_whole_text"
TEXT_POLICY_IN_WORDS = (
    "Sections whose mentions count (findings, impression), joined; the whole report where it has no parsed sections."
)

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
