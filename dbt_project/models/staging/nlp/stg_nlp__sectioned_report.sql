with source as (
    select * from {{ source('nlp', 'sectioned_report') }}
),

renamed as (
    select
        run_id,
        rules,
        dataset,
        study_id,
        text_hash
    from source
)

select * from renamed
