with source as (
    select * from {{ source('score', 'report_score') }}
),

renamed as (
    select
        run_id,
        dataset,
        study_id,
        model,
        version,
        finding,
        probability
    from source
)

select * from renamed
