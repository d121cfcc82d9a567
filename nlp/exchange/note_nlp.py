"""Mentions as the NOTE_NLP table of the OMOP common data model, version 5.4: one query, written straight to a file.

Columns, their order and their meaning: https://ohdsi.github.io/CommonDataModel/cdm54.html#note_nlp. What the model
leaves to the one who fills it:

``note_id``
    The report's number among the warehouse's reports, by data set and study. `NOTE_KEY` gives each number's study, for
    joining with one's own NOTE table; persons and visits, which NOTE needs, are not in the reports.
``section_concept_id``, ``note_nlp_concept_id``, ``note_nlp_source_concept_id``
    0, no matching concept: the warehouse has no map into OMOP's vocabularies. Section and finding are in
    ``term_modifiers``.
``term_exists``
    Y for what is present, N for what is absent or uncertain, as the flag means that the patient has it;
    ``term_modifiers`` tells the two apart.
``term_temporal``
    past for what has resolved, else present: the labeler makes no mentions of history.
"""

from __future__ import annotations

from nlp.labeling.stored import SELECTED

_NOTE = "note as (select dataset, study_id, row_number() over (order by dataset, study_id) as note_id from raw.report)"

NOTE_KEY = f"""
with {SELECTED}, {_NOTE}
select note_id, dataset, study_id from selected inner join note using (dataset, study_id) order by note_id
"""
"""``note_id`` to data set and study, for the reports of a `nlp.labeling.stored.Selection`."""

NOTE_NLP = rf"""
with {SELECTED}, {_NOTE},
mention as (
    select *, row_number() over (order by dataset, study_id, start, "end", finding) as note_nlp_id
    from nlp.mention inner join selected using (dataset, study_id)
    where run_id = $run
),
located as (
    -- 80 characters on either side; counted from 1.
    select *, greatest(start - 79, 1) as first, "end" + 80 as last from mention
)
select
    note_nlp_id,
    note_id,
    0 as section_concept_id,
    left(trim(regexp_replace(substring(report.text, first, last - first + 1), '\s+', ' ', 'g')), 250) as snippet,
    located.start::varchar as "offset",
    left(located.text, 250) as lexical_variant,
    0 as note_nlp_concept_id,
    0 as note_nlp_source_concept_id,
    concat('cxr-warehouse ', product_version, ', labeler ', labeler, ', rules ', left(lexicon_sha, 12)) as nlp_system,
    make_timestamp(epoch_us(finished_at))::date as nlp_date,
    make_timestamp(epoch_us(finished_at)) as nlp_datetime,
    if(assertion = 'present', 'Y', 'N') as term_exists,
    if(change = 'resolved', 'past', 'present') as term_temporal,
    concat_ws(
        ',',
        'finding=' || finding,
        'negation=' || (assertion = 'absent'),
        'uncertain=' || (assertion = 'uncertain'),
        'section=' || section,
        'laterality=' || laterality,
        'location=' || location,
        'severity=' || severity,
        'change=' || change,
        'rule=' || rule_id,
        'cue_rule=' || cue_rule_id
    ) as term_modifiers
from located
inner join note using (dataset, study_id)
inner join raw.report as report using (dataset, study_id)
inner join nlp.label_run using (run_id)
order by note_nlp_id
"""
"""The rows of NOTE_NLP for the reports of a `nlp.labeling.stored.Selection`; times are UTC."""
