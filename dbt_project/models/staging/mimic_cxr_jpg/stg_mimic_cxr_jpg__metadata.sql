with published as (
    select * exclude (run_id, source_file) from {{ source('mimic_cxr_jpg', 'mimic_cxr_jpg_metadata') }}
),

-- what the headers themselves say, of images that the published file lacks or where it is not loaded
derived as (
    select headers.*
    from {{ source('mimic_cxr', 'mimic_cxr_dicom_metadata') }} as headers
    anti join published on headers.dicom_id = published.dicom_id
),

source as (
    select * from published
    union all by name
    select * from derived
),

renamed as (
    select
        dicom_id as image_id,
        cast(study_id as varchar) as study_id,
        cast(subject_id as varchar) as patient_id,
        "PerformedProcedureStepDescription" as procedure_description,
        "ViewPosition" as view_position,
        "Rows" as n_rows,
        "Columns" as n_columns,
        {{ dicom_timestamp('"StudyDate"', '"StudyTime"') }} as studied_at,
        "ProcedureCodeSequence_CodeMeaning" as procedure_code,
        -- the release's own exporter puts the orientation into the view code where the view code is missing
        case
            when "ViewCodeSequence_CodeMeaning" not in ('Erect', 'Recumbent') then "ViewCodeSequence_CodeMeaning"
        end as view_code,
        case
            when "ViewCodeSequence_CodeMeaning" in ('Erect', 'Recumbent') then "ViewCodeSequence_CodeMeaning"
            else "PatientOrientationCodeSequence_CodeMeaning"
        end as patient_orientation
    from source
)

select * from renamed
