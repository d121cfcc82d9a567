with source as (
    select * from {{ source('mimic_iv', 'mimic_iv_patient') }}
),

renamed as (
    select
        cast(subject_id as varchar) as patient_id,
        case when gender in ('F', 'M') then gender end as sex,
        anchor_age,
        anchor_year,
        anchor_year_group,
        dod as died_on
    from source
)

select * from renamed
