-- The offsets of a mention cut its words out of the report.
select
    mentions.dataset,
    mentions.study_id,
    mentions.start_offset
from {{ ref('finding_mention') }} as mentions
inner join {{ ref('stg_warehouse__report') }} as reports
    on
        mentions.dataset = reports.dataset
        and mentions.study_id = reports.study_id
where
    mentions.text
    <> substring(reports.text, mentions.start_offset + 1, mentions.end_offset - mentions.start_offset)
