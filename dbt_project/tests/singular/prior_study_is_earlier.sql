-- A prior study is the same patient's, and its place is before.
select
    studies.dataset,
    studies.study_id
from {{ ref('dim_study') }} as studies
left join {{ ref('dim_study') }} as priors
    on
        studies.dataset = priors.dataset
        and studies.prior_study_id = priors.study_id
where
    studies.prior_study_id is not null
    and (
        priors.patient_id is distinct from studies.patient_id
        or priors.n_study_in_patient >= studies.n_study_in_patient
        or priors.studied_at >= studies.studied_at
    )
