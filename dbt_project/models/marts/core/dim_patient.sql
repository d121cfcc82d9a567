with encountered as (
    select
        'mimic_cxr' as dataset,
        patient_id,
        sex
    from {{ ref('stg_mimic_iv__patient') }}
)

select
    patients.dataset,
    patients.patient_id,
    coalesce(patients.sex, encountered.sex) as sex,
    patients.split,
    patients.n_studies,
    patients.n_images,
    patients.n_reports,
    patients.first_studied_at,
    patients.last_studied_at
from {{ ref('int_patient') }} as patients
left join encountered
    on
        patients.dataset = encountered.dataset
        and patients.patient_id = encountered.patient_id
