with source as (
    select * from {{ source('siim_pneumothorax', 'siim_pneumothorax_mask') }}
),

renamed as (
    select
        source_row,
        "ImageId" as image_id,
        " EncodedPixels" as run_lengths,
        " EncodedPixels" is not null as has_mask
    from source
)

select * from renamed
