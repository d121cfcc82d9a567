with source as (
    select * from {{ source('chestxray14', 'chestxray14_box') }}
),

renamed as (
    select
        source_row,
        "Image Index" as image_id,
        -- the boxes say Infiltrate where the labels say Infiltration
        if("Finding Label" = 'Infiltrate', 'Infiltration', "Finding Label") as label,
        "Bbox [x" as x,
        y,
        w as width,
        "h]" as height
    from source
)

select * from renamed
