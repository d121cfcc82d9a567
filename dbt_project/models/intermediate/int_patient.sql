{{ config(materialized='view') }}

-- Every patient. A sex that differs between a patient's images is not known.
with sexes as (
    select
        dataset,
        patient_id,
        case when count(distinct sex) = 1 then max(sex) end as sex
    from {{ ref('int_image') }}
    group by dataset, patient_id
)

select
    studies.dataset,
    studies.patient_id,
    any_value(sexes.sex) as sex,
    max(studies.split) as split,
    count(*) as n_studies,
    cast(sum(studies.n_images) as bigint) as n_images,
    count(*) filter (where studies.has_report) as n_reports,
    min(studies.studied_at) as first_studied_at,
    max(studies.studied_at) as last_studied_at
from {{ ref('int_study') }} as studies
left join sexes
    on
        studies.dataset = sexes.dataset
        and studies.patient_id = sexes.patient_id
where studies.patient_id is not null
group by studies.dataset, studies.patient_id
