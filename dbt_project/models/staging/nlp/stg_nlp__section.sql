with source as (
    select * from {{ source('nlp', 'section') }}
),

renamed as (
    select
        run_id,
        dataset,
        study_id,
        rules,
        ordinal,
        section,
        start as start_offset,
        "end" as end_offset,
        text,
        is_label_source
    from source
)

select * from renamed
