with source as (
    select * from {{ source('vinbigdata', 'vinbigdata_box') }}
),

renamed as (
    select
        source_row,
        image_id,
        class_name as label,
        rad_id as radiologist,
        x_min,
        y_min,
        x_max,
        y_max
    from source
)

select * from renamed
