with source as (
    select * from {{ source('chestxray14', 'chestxray14_image') }}
),

renamed as (
    select
        "Image Index" as image_id,
        cast("Patient ID" as varchar) as patient_id,
        "Follow-up #" as visit_number,
        'nih_nlp' as labeler,
        "Finding Labels" as labels,
        cast("Patient Age" as double) as age_years,
        "Patient Gender" as sex,
        "View Position" as view_position,
        "OriginalImage[Width" as n_columns,
        "Height]" as n_rows,
        "OriginalImagePixelSpacing[x" as pixel_spacing_x_mm,
        "y]" as pixel_spacing_y_mm
    from source
)

select * from renamed
