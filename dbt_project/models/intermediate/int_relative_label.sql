{{ config(materialized='view') }}

-- Labels that the smaller relatives publish, by study. JSRT, Montgomery and Shenzhen say them in the image's name.
with named as (
    select
        dataset,
        study_id,
        image_id
    from {{ ref('stg_warehouse__image') }}
    where dataset in ('jsrt', 'montgomery', 'shenzhen')
)

select
    dataset,
    study_id,
    'jsrt_radiologists' as labeler,
    'jsrt' as scheme,
    'Nodule' as label,
    cast(starts_with(image_id, 'JPCLN') as smallint) as value
from named
where dataset = 'jsrt'
union all
select
    dataset,
    study_id,
    dataset || '_readers' as labeler,
    'nlm_tuberculosis' as scheme,
    'Tuberculosis' as label,
    cast(ends_with(image_id, '_1') as smallint) as value
from named
where dataset in ('montgomery', 'shenzhen')
union all
select
    dataset,
    study_id,
    dataset || '_readers' as labeler,
    'nlm_tuberculosis' as scheme,
    'Normal' as label,
    1 as value
from named
where dataset in ('montgomery', 'shenzhen') and ends_with(image_id, '_0')
union all
select
    'cov_ctr' as dataset,
    image_id as study_id,
    'cov_ctr_authors' as labeler,
    'cov_ctr' as scheme,
    'COVID-19' as label,
    value
from {{ ref('stg_cov_ctr__report') }}
where value is not null
union all
select
    'brax' as dataset,
    study_id,
    'brax_chexpert' as labeler,
    'chexpert14' as scheme,
    label,
    value
from {{ ref('stg_brax__label') }}
union all
select
    'chexpert_plus' as dataset,
    study_id,
    labeler,
    'chexpert14' as scheme,
    label,
    value
from {{ ref('stg_chexpert_plus__label') }}
