select
    dataset,
    link,
    link not in ('no_patient', 'no_time', 'no_encounter') as is_matched,
    count(*) as n_studies,
    count(distinct patient_id) as n_patients
from {{ ref('int_study_encounter') }}
group by dataset, link
