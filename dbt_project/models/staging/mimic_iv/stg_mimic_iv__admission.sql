with source as (
    select * from {{ source('mimic_iv', 'mimic_iv_admission') }}
),

renamed as (
    select
        cast(hadm_id as varchar) as hadm_id,
        cast(subject_id as varchar) as patient_id,
        admittime as admitted_at,
        dischtime as discharged_at,
        deathtime as died_at,
        admission_type,
        insurance,
        race
    from source
)

select * from renamed
