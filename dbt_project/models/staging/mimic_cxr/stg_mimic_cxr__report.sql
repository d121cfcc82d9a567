with source as (
    select * from {{ source('mimic_cxr', 'mimic_cxr_report') }}
),

renamed as (
    select
        cast(study_id as varchar) as study_id,
        cast(subject_id as varchar) as patient_id,
        path,
        length(text) as n_characters
    from source
)

select * from renamed
