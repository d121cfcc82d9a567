-- Every study: one with images, with a report, or that MIMIC-CXR's list of studies names.
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
        count(*) filter (where view_class = 'lateral') as n_lateral,
        min(procedure_description) as procedure_description,
        -- of a study whose images differ it is not known
        case when bool_or(is_portable) = bool_and(is_portable) then bool_or(is_portable) end as is_portable
    from {{ ref('int_image') }}
    group by dataset, study_id
),

reports as (
    select
        dataset,
        study_id,
        patient_id,
        coalesce(text, '') <> '' as has_report,
        language as report_language
    from {{ ref('stg_warehouse__report') }}
),

listed as (
    select
        'mimic_cxr' as dataset,
        study_id,
        patient_id
    from {{ ref('stg_mimic_cxr__study') }}
),

studies as (
    select
        coalesce(from_images.dataset, reports.dataset) as dataset,
        coalesce(from_images.study_id, reports.study_id) as study_id,
        coalesce(from_images.patient_id, reports.patient_id) as patient_id,
        from_images.* exclude (dataset, study_id, patient_id),
        reports.has_report,
        reports.report_language
    from from_images
    full outer join reports
        on
            from_images.dataset = reports.dataset
            and from_images.study_id = reports.study_id
)

select
    coalesce(studies.dataset, listed.dataset) as dataset,
    coalesce(studies.study_id, listed.study_id) as study_id,
    coalesce(studies.patient_id, listed.patient_id) as patient_id,
    studies.studied_at,
    studies.visit_number,
    studies.age_years,
    studies.split,
    coalesce(studies.n_images, 0) as n_images,
    coalesce(studies.n_frontal, 0) as n_frontal,
    coalesce(studies.n_lateral, 0) as n_lateral,
    studies.procedure_description,
    studies.is_portable,
    coalesce(studies.has_report, false) as has_report,
    studies.report_language
from studies
full outer join listed
    on
        studies.dataset = listed.dataset
        and studies.study_id = listed.study_id
