with source as (
    select * from {{ source('chestxray14', 'chestxray14_image') }}
),

renamed as (
    select
        "Image Index" as image_id,
        unnest("Finding Labels") as label
    from source
)

select * from renamed
