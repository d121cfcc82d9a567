with source as (
    select * from {{ source('rsna_pneumonia', 'rsna_pneumonia_image') }}
),

renamed as (
    select
        "PatientID" as image_id,
        "PatientAge" as age_years,
        "PatientSex" as sex,
        "ViewPosition" as view_position,
        "Modality" as modality,
        "PixelSpacing" as pixel_spacing_mm
    from source
)

select * from renamed
