select
    studies.dataset,
    studies.study_id,
    studies.patient_id,
    studies.studied_at,
    studies.link,
    studies.age_years,
    studies.sex,
    studies.race,
    studies.hadm_id,
    admissions.admitted_at,
    admissions.discharged_at,
    admissions.died_at,
    admissions.admission_type,
    admissions.insurance,
    studies.stay_id,
    ed_stays.arrived_at,
    ed_stays.left_at,
    ed_stays.disposition,
    ed_stays.hadm_id as ed_hadm_id
from {{ ref('int_study_encounter') }} as studies
left join {{ ref('stg_mimic_iv__admission') }} as admissions
    on studies.hadm_id = admissions.hadm_id
left join {{ ref('stg_mimic_iv__ed_stay') }} as ed_stays
    on studies.stay_id = ed_stays.stay_id
