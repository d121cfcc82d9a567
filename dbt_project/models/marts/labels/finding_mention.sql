select
    mentions.dataset,
    mentions.study_id,
    runs.labeler,
    mentions.start_offset,
    mentions.end_offset,
    mentions.finding,
    mentions.section,
    mentions.sentence,
    mentions.text,
    mentions.assertion,
    mentions.cue_start_offset,
    mentions.cue_end_offset,
    mentions.rule_id,
    mentions.cue_rule_id,
    substring(
        reports.text, mentions.cue_start_offset + 1, mentions.cue_end_offset - mentions.cue_start_offset
    ) as cue_text,
    mentions.laterality,
    mentions.location,
    mentions.severity,
    mentions.change
from {{ ref('stg_nlp__mention') }} as mentions
inner join {{ ref('int_latest_label_run') }} as runs
    on mentions.run_id = runs.run_id
inner join {{ ref('stg_warehouse__report') }} as reports
    on
        mentions.dataset = reports.dataset
        and mentions.study_id = reports.study_id
