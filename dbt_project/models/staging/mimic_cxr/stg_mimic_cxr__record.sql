with source as (
    select * from {{ source('mimic_cxr', 'mimic_cxr_record') }}
),

renamed as (
    select
        dicom_id as image_id,
        cast(study_id as varchar) as study_id,
        cast(subject_id as varchar) as patient_id,
        path
    from source
)

select * from renamed
