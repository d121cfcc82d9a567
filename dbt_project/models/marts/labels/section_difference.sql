with label_text as (
    select
        reports.rules,
        reports.dataset,
        reports.study_id,
        sections.section,
        coalesce(sections.text, '') as text
    from {{ ref('stg_nlp__sectioned_report') }} as reports
    left join {{ ref('stg_nlp__section') }} as sections
        on
            reports.rules = sections.rules
            and reports.dataset = sections.dataset
            and reports.study_id = sections.study_id
            and sections.is_label_text
)

select
    official.dataset,
    official.study_id,
    official.section as official_section,
    corrected.section as corrected_section,
    (official.section is distinct from corrected.section) as is_section_different,
    (official.text <> corrected.text) as is_text_different,
    length(official.text)::integer as official_length,
    length(corrected.text)::integer as corrected_length
from label_text as official
inner join label_text as corrected
    on
        official.dataset = corrected.dataset
        and official.study_id = corrected.study_id
where
    official.rules = 'official'
    and corrected.rules = 'corrected'
