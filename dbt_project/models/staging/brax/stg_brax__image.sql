with source as (
    select * from {{ source('brax', 'brax_image') }}
),

renamed as (
    select
        "PngPath" as image_id,
        "DicomPath" as dicom_path,
        "PatientID" as patient_id,
        concat_ws('/', "PatientID", "AccessionNumber") as study_id,
        nullif("PatientSex", 'O') as sex,
        -- groups of five years; the last, '85 or more', counts as 85
        {{ age_in_years('"PatientAge"') }} as age_years,
        cast("StudyDate" as timestamp) as studied_at,
        "ViewPosition" as view_position,
        "Rows" as n_rows,
        "Columns" as n_columns,
        "Manufacturer" as manufacturer
    from source
)

select * from renamed
