{{ config(materialized='view') }}

-- The place of each study among its patient's, by time (or the release's own count of visits), never by id:
-- MIMIC-CXR's study ids are random. Studies at the same time share their number.
with studies as (
    select
        dataset,
        patient_id,
        study_id,
        studied_at,
        coalesce(epoch_ms(studied_at), visit_number) as moment
    from {{ ref('int_study') }}
    where studied_at is not null or visit_number is not null
),

moments as (
    select
        dataset,
        patient_id,
        moment,
        count(*) as n_studies,
        any_value(study_id) as study_id,
        any_value(studied_at) as studied_at
    from studies
    group by dataset, patient_id, moment
),

priors as (
    select
        dataset,
        patient_id,
        moment,
        lag(n_studies) over earlier as n_prior_studies,
        lag(study_id) over earlier as prior_study_id,
        lag(studied_at) over earlier as prior_studied_at
    from moments
    window earlier as (partition by dataset, patient_id order by moment)
)

select
    studies.dataset,
    studies.study_id,
    cast(
        rank() over (partition by studies.dataset, studies.patient_id order by studies.moment) as integer
    ) as n_study_in_patient,
    -- of two studies at the same earlier time neither is known to be the prior
    case when priors.n_prior_studies = 1 then priors.prior_study_id end as prior_study_id,
    cast(date_diff('day', priors.prior_studied_at, studies.studied_at) as integer) as days_since_prior
from studies
inner join priors
    on
        studies.dataset = priors.dataset
        and studies.patient_id = priors.patient_id
        and studies.moment = priors.moment
