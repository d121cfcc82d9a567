with source as (
    select * from {{ source('padchest', 'padchest_image') }}
),

renamed as (
    select
        "ImageID" as image_id,
        "StudyID" as study_id,
        "PatientID" as patient_id,
        "StudyDate_DICOM" as study_date,
        "PatientBirth" as birth_year,
        nullif("PatientSex_DICOM", 'O') as sex,
        -- read by people or a network; the header's own field is often empty and at times wrong
        "Projection" as projection,
        "ViewPosition_DICOM" as header_view_position,
        "Pediatric" = 'PED' as is_pediatric,
        "Modality_DICOM" as modality,
        "Manufacturer_DICOM" as manufacturer,
        "Rows_DICOM" as n_rows,
        "Columns_DICOM" as n_columns,
        "ReportID" as report_id,
        case "MethodLabel" when 'Physician' then 'padchest_physician' else 'padchest_rnn' end as labeler
    from source
)

select * from renamed
