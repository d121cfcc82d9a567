-- Studies that a labeler read: one without a label for a finding was read and does not mention it.
with image_readings as (
    select
        'chestxray14' as dataset,
        image_id,
        'google_radiologists' as labeler
    from {{ ref('stg_google_nih__label') }}
    union all
    select
        'chexpert' as dataset,
        image_id,
        'chexpert_published' as labeler
    from {{ ref('stg_chexpert__image') }}
    union all
    select
        'rsna_pneumonia' as dataset,
        image_id,
        'rsna_radiologists' as labeler
    from {{ ref('stg_rsna_pneumonia__box') }}
    union all
    select
        'siim_pneumothorax' as dataset,
        image_id,
        'siim_radiologists' as labeler
    from {{ ref('stg_siim_pneumothorax__mask') }}
    union all
    select
        'vinbigdata' as dataset,
        image_id,
        'vinbigdata_radiologists' as labeler
    from {{ ref('stg_vinbigdata__box') }}
    {%- for dataset in var('image_labels') %}
    union all
    select
        '{{ dataset }}' as dataset,
        image_id,
        labeler
    from {{ ref('stg_' ~ dataset ~ '__image') }}
    where labeler is not null
    {%- endfor %}
)

select
    reports.dataset,
    reports.study_id,
    runs.labeler
from {{ ref('stg_nlp__labeled_report') }} as reports
inner join {{ ref('int_latest_label_run') }} as runs
    on reports.run_id = runs.run_id
union
select
    dataset,
    study_id,
    labeler
from {{ ref('stg_annotation__labeled_study') }}
union
select
    'padchest' as dataset,
    study_id,
    labeler
from {{ ref('stg_padchest__image') }}
union
select
    'mimic_cxr' as dataset,
    study_id,
    labeler
from {{ ref('stg_mimic_cxr_jpg__labeled_study') }}
union
select
    dataset,
    study_id,
    if(dataset = 'jsrt', 'jsrt_radiologists', dataset || '_readers') as labeler
from {{ ref('stg_warehouse__image') }}
where dataset in ('jsrt', 'montgomery', 'shenzhen')
union
select
    'cov_ctr' as dataset,
    image_id as study_id,
    'cov_ctr_authors' as labeler
from {{ ref('stg_cov_ctr__report') }}
where value is not null
union
select
    'brax' as dataset,
    study_id,
    'brax_chexpert' as labeler
from {{ ref('stg_brax__image') }}
union
select
    'chexpert_plus' as dataset,
    study_id,
    labeler
from {{ ref('stg_chexpert_plus__labeled_image') }}
union
select
    images.dataset,
    images.study_id,
    readings.labeler
from image_readings as readings
inner join {{ ref('int_image') }} as images
    on
        readings.dataset = images.dataset
        and readings.image_id = images.image_id
