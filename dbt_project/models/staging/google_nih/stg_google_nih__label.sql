with source as (
    select * from {{ source('google_nih', 'google_nih_label') }}
),

renamed as (
    select
        "Image Index" as image_id,
        "Set Id" as label_set,
        label,
        cast(is_present as smallint) as value
    from source
    unpivot (
        is_present for label in (
            "Fracture",
            "Pneumothorax",
            "Airspace opacity",
            "Nodule or mass"
        )
    )
)

select * from renamed
