"""The text of a report that a network reads, as SQL over the warehouse.

It is the sections of ``nlp.section`` whose mentions count (findings, impression), joined by blank lines; the whole
report where the sections have not been found yet.
"""

TEXT_POLICY = "label_source_sections_else_whole_text"
TEXT_POLICY_IN_WORDS = (
    "Sections whose mentions count (findings, impression), joined; the whole report where it has no parsed sections."
)

# The hash is the same on every machine and in every version of DuckDB; the remainder fits a BIGINT.
TEXT_HASH_SQL = "(md5_number(text) % 9223372036854775807)::bigint"

INPUT_SQL = """(
    select
        report.dataset, report.patient_id, report.study_id,
        coalesce(if(section.study_id is null, report.text, section.text), '') as text
    from raw.report as report
    left join (
        select dataset, study_id, string_agg(text, e'\\n\\n' order by ordinal) filter (is_label_source) as text
        from nlp.section
        where rules = 'corrected'
        group by dataset, study_id
    ) as section using (dataset, study_id)
    where report.language = 'en'
)"""
