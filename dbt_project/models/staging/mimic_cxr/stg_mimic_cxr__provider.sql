with source as (
    select * from {{ source('mimic_cxr', 'mimic_cxr_provider') }}
),

renamed as (
    select
        cast(study_id as varchar) as study_id,
        cast(subject_id as varchar) as patient_id,
        ordering_provider_id,
        attending_provider_id,
        resident_provider_id
    from source
)

select * from renamed
