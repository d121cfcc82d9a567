-- Data sets that are described, with what is loaded of each.
with loaded as (
    select
        dataset,
        count(distinct patient_id) as n_patients,
        count(*) as n_studies,
        cast(sum(n_images) as bigint) as n_images,
        count(*) filter (where has_report) as n_reports
    from {{ ref('int_study') }}
    group by dataset
)

select
    datasets.dataset,
    datasets.name,
    datasets.modality,
    datasets.same_images_as,
    coalesce(others.n_images, 0) > 0 and coalesce(loaded.n_images, 0) > 0 as is_loaded_twice,
    coalesce(loaded.n_patients, 0) as n_patients,
    coalesce(loaded.n_studies, 0) as n_studies,
    coalesce(loaded.n_images, 0) as n_images,
    coalesce(loaded.n_reports, 0) as n_reports,
    datasets.note
from {{ ref('dataset') }} as datasets
left join loaded
    on datasets.dataset = loaded.dataset
left join loaded as others
    on datasets.same_images_as = others.dataset
