with source as (
    select * from {{ source('score', 'attribution') }}
),

renamed as (
    select
        run_id,
        dataset,
        item_id,
        model,
        version,
        finding,
        method,
        probability,
        text_hash,
        numbers_path,
        picture_path
    from source
)

select * from renamed
