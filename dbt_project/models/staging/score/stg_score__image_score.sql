with source as (
    select * from {{ source('score', 'image_score') }}
),

renamed as (
    select
        run_id,
        dataset,
        image_id,
        model,
        version,
        finding,
        probability
    from source
)

select * from renamed
