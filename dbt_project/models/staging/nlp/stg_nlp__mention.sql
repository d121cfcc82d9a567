with source as (
    select * from {{ source('nlp', 'mention') }}
),

renamed as (
    select
        run_id,
        dataset,
        study_id,
        section,
        sentence,
        start as start_offset,
        "end" as end_offset,
        text,
        finding,
        assertion,
        cue_start as cue_start_offset,
        cue_end as cue_end_offset,
        rule_id,
        cue_rule_id,
        laterality,
        location,
        severity,
        change
    from source
)

select * from renamed
