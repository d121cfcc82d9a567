with source as (
    select * from {{ source('mimic_cxr_jpg', 'mimic_cxr_jpg_metadata') }}
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
        studied_at,
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
