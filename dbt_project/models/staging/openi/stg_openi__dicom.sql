with source as (
    select * from {{ source('openi', 'openi_dicom') }}
),

renamed as (
    select
        imageid as dicom_image_id,
        "Patient ID" as patient_id,
        "Study Date" as study_date,
        "View Position" as view_position,
        "Rows" as n_rows,
        "Columns" as n_columns
    from source
)

select * from renamed
