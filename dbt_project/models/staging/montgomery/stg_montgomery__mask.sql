with source as (
    select * from {{ source('montgomery', 'montgomery_mask') }}
),

renamed as (
    select
        image_id,
        side,
        path
    from source
)

select * from renamed
