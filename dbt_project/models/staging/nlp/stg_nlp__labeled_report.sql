with source as (
    select * from {{ source('nlp', 'labeled_report') }}
),

renamed as (
    select
        run_id,
        dataset,
        study_id
    from source
)

select * from renamed
