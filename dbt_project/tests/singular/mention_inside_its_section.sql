-- A mention that counts lies within a section of its name in the same report.
select
    mentions.dataset,
    mentions.study_id,
    mentions.start_offset
from {{ ref('finding_mention') }} as mentions
where
    mentions.labeler = 'cxr'
    and not exists (
        select 1
        from {{ ref('report_section') }} as sections
        where
            sections.rules = 'corrected'
            and mentions.dataset = sections.dataset
            and mentions.study_id = sections.study_id
            and mentions.section = sections.section
            and mentions.start_offset >= sections.start_offset
            and mentions.end_offset <= sections.end_offset
    )
