with source as (
    select * from {{ source('mimic_cxr', 'mimic_cxr_study') }}
),

renamed as (
    select
        cast(study_id as varchar) as study_id,
        cast(subject_id as varchar) as patient_id,
        path
    from source
)

select * from renamed
