{{ config(severity='warn') }}
-- Every list of MIMIC-CXR and MIMIC-CXR-JPG gives a study to the same patient.
with lists as (
    select distinct
        study_id,
        patient_id
    from {{ ref('stg_mimic_cxr__study') }}
    union
    select distinct
        study_id,
        patient_id
    from {{ ref('stg_mimic_cxr__record') }}
    union
    select distinct
        study_id,
        patient_id
    from {{ ref('stg_mimic_cxr_jpg__metadata') }}
    union
    select distinct
        study_id,
        patient_id
    from {{ ref('stg_mimic_cxr_jpg__split') }}
)

select study_id
from lists
group by study_id
having count(distinct patient_id) > 1
