with studies as (
    select * from {{ ref('int_study') }}
),

ordering as (
    select * from {{ ref('int_study_order') }}
)

select
    studies.dataset,
    studies.study_id,
    studies.patient_id,
    studies.studied_at,
    studies.age_years,
    studies.split,
    studies.n_images,
    studies.n_frontal,
    studies.n_lateral,
    studies.has_report,
    studies.report_language,
    ordering.n_study_in_patient,
    ordering.prior_study_id,
    ordering.days_since_prior
from studies
left join ordering
    on
        studies.dataset = ordering.dataset
        and studies.study_id = ordering.study_id
