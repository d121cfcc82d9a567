{{ config(severity='warn') }}
-- In the full release CheXpert leaves 2,414 studies without any label; NegBio leaves none.
with labeled as (
    select distinct
        study_id,
        'mimic_chexpert' as labeler
    from {{ ref('stg_mimic_cxr_jpg__chexpert_label') }}
    union all
    select distinct
        study_id,
        'mimic_negbio' as labeler
    from {{ ref('stg_mimic_cxr_jpg__negbio_label') }}
),

studies as (
    select
        files.labeler,
        count(*) as n_studies,
        count(*) filter (where labeled.study_id is null) as n_empty
    from {{ ref('stg_mimic_cxr_jpg__labeled_study') }} as files
    left join labeled
        on
            files.study_id = labeled.study_id
            and files.labeler = labeled.labeler
    where files.labeler in ('mimic_chexpert', 'mimic_negbio')
    group by files.labeler
)

select *
from studies
where
    n_studies = 227827
    and n_empty <> if(labeler = 'mimic_chexpert', 2414, 0)
