with chexpert as (
    select * from {{ source('mimic_cxr_jpg', 'mimic_cxr_jpg_chexpert') }}
),

negbio as (
    select * from {{ source('mimic_cxr_jpg', 'mimic_cxr_jpg_negbio') }}
),

radiologist as (
    select * from {{ source('mimic_cxr_jpg', 'mimic_cxr_jpg_test_set_labeled') }}
),

renamed as (
    select
        cast(study_id as varchar) as study_id,
        'mimic_chexpert' as labeler
    from chexpert
    union all
    select
        cast(study_id as varchar) as study_id,
        'mimic_negbio' as labeler
    from negbio
    union all
    select
        cast(study_id as varchar) as study_id,
        'mimic_radiologist' as labeler
    from radiologist
)

select * from renamed
