-- Every study: one with images, with a report, or with both.
with from_images as (
    select
        dataset,
        study_id,
        max(patient_id) as patient_id,
        min(studied_at) as studied_at,
        min(visit_number) as visit_number,
        min(age_years) as age_years,
        max(split) as split,
        count(*) as n_images,
        count(*) filter (where view_class = 'frontal') as n_frontal,
        count(*) filter (where view_class = 'lateral') as n_lateral
    from {{ ref('int_image') }}
    group by dataset, study_id
),

reports as (
    select * from {{ ref('stg_warehouse__report') }}
)

select
    coalesce(from_images.dataset, reports.dataset) as dataset,
    coalesce(from_images.study_id, reports.study_id) as study_id,
    coalesce(from_images.patient_id, reports.patient_id) as patient_id,
    from_images.studied_at,
    from_images.visit_number,
    from_images.age_years,
    from_images.split,
    coalesce(from_images.n_images, 0) as n_images,
    coalesce(from_images.n_frontal, 0) as n_frontal,
    coalesce(from_images.n_lateral, 0) as n_lateral,
    coalesce(reports.text, '') <> '' as has_report,
    reports.language as report_language
from from_images
full outer join reports
    on
        from_images.dataset = reports.dataset
        and from_images.study_id = reports.study_id
