with source as (
    select * from {{ source('mimic_iv', 'mimic_iv_edstay') }}
),

renamed as (
    select
        cast(stay_id as varchar) as stay_id,
        cast(subject_id as varchar) as patient_id,
        cast(hadm_id as varchar) as hadm_id,
        intime as arrived_at,
        outtime as left_at,
        race,
        disposition
    from source
)

select * from renamed
