with source as (
    select * from {{ source('mimic_cxr_jpg', 'mimic_cxr_jpg_split') }}
),

renamed as (
    select
        dicom_id as image_id,
        cast(study_id as varchar) as study_id,
        cast(subject_id as varchar) as patient_id,
        split
    from source
)

select * from renamed
