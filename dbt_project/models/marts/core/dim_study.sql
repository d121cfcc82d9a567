with studies as (
    select * from {{ ref('int_study') }}
),

ordering as (
    select * from {{ ref('int_study_order') }}
),

sections as (
    select * from {{ ref('int_label_section') }}
),

providers as (
    select
        'mimic_cxr' as dataset,
        *
    from {{ ref('stg_mimic_cxr__provider') }}
),

encounters as (
    select * from {{ ref('int_study_encounter') }}
)

select
    studies.dataset,
    studies.study_id,
    studies.patient_id,
    studies.studied_at,
    coalesce(studies.age_years, {{ plausible_age('encounters.age_years') }}) as age_years,
    studies.split,
    studies.n_images,
    studies.n_frontal,
    studies.n_lateral,
    studies.procedure_description,
    studies.is_portable,
    studies.has_report,
    studies.report_language,
    sections.label_section,
    sections.official_label_section,
    ordering.n_study_in_patient,
    ordering.prior_study_id,
    ordering.days_since_prior,
    providers.ordering_provider_id,
    providers.attending_provider_id,
    providers.resident_provider_id
from studies
left join ordering
    on
        studies.dataset = ordering.dataset
        and studies.study_id = ordering.study_id
left join sections
    on
        studies.dataset = sections.dataset
        and studies.study_id = sections.study_id
left join providers
    on
        studies.dataset = providers.dataset
        and studies.study_id = providers.study_id
left join encounters
    on
        studies.dataset = encounters.dataset
        and studies.study_id = encounters.study_id
