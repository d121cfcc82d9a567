with source as (
    select * from {{ source('rsna_pneumonia', 'rsna_pneumonia_box') }}
),

renamed as (
    select
        source_row,
        "patientId" as image_id,
        x,
        y,
        width,
        height,
        "Target" as value
    from source
)

select * from renamed
