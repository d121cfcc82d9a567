with source as (
    select * from {{ source('nlp', 'section') }}
),

renamed as (
    select
        run_id,
        rules,
        dataset,
        study_id,
        ordinal,
        section,
        heading,
        start as start_offset,
        "end" as end_offset,
        text,
        is_label_source,
        coalesce(is_label_text, false) as is_label_text
    from source
)

select * from renamed
