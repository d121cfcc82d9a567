{{ config(materialized='view') }}

-- Studies of the smaller relatives that a labeler of theirs read.
select distinct
    dataset,
    study_id,
    if(dataset = 'jsrt', 'jsrt_radiologists', dataset || '_readers') as labeler
from {{ ref('stg_warehouse__image') }}
where dataset in ('jsrt', 'montgomery', 'shenzhen')
union all
select distinct
    'cov_ctr' as dataset,
    image_id as study_id,
    'cov_ctr_authors' as labeler
from {{ ref('stg_cov_ctr__report') }}
where value is not null
union all
select distinct
    'brax' as dataset,
    study_id,
    'brax_chexpert' as labeler
from {{ ref('stg_brax__image') }}
union all
select distinct
    'chexpert_plus' as dataset,
    study_id,
    labeler
from {{ ref('stg_chexpert_plus__labeled_image') }}
