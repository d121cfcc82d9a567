with source as (
    select * from {{ source('score', 'embedding') }}
),

renamed as (
    select
        run_id,
        dataset,
        item_id,
        model,
        version,
        embedding
    from source
)

select * from renamed
