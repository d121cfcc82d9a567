{{ config(materialized='view') }}

-- Labels as the releases publish them, by study; those of an image are its study's.
with image_labels as (
    select
        'chestxray14' as dataset,
        image_id,
        'nih_nlp' as labeler,
        'chestxray14' as scheme,
        label,
        1 as value
    from {{ ref('stg_chestxray14__finding_label') }}
    union all
    select
        'chestxray14' as dataset,
        image_id,
        'google_radiologists' as labeler,
        'google4' as scheme,
        label,
        value
    from {{ ref('stg_google_nih__label') }}
    union all
    select
        'chexpert' as dataset,
        image_id,
        'chexpert_published' as labeler,
        'chexpert14' as scheme,
        label,
        value
    from {{ ref('stg_chexpert__label') }}
    union all
    select
        'rsna_pneumonia' as dataset,
        image_id,
        'rsna_radiologists' as labeler,
        'rsna_pneumonia' as scheme,
        'Pneumonia' as label,
        value
    from {{ ref('stg_rsna_pneumonia__box') }}
    union all
    select
        'siim_pneumothorax' as dataset,
        image_id,
        'siim_radiologists' as labeler,
        'siim_pneumothorax' as scheme,
        'Pneumothorax' as label,
        cast(has_mask as smallint) as value
    from {{ ref('stg_siim_pneumothorax__mask') }}
),

study_labels as (
    select
        'padchest' as dataset,
        study_id,
        labeler,
        'padchest' as scheme,
        label,
        1 as value
    from {{ ref('stg_padchest__label') }}
    union all
    select
        'mimic_cxr' as dataset,
        study_id,
        'mimic_chexpert' as labeler,
        'chexpert14' as scheme,
        label,
        value
    from {{ ref('stg_mimic_cxr_jpg__chexpert_label') }}
    union all
    select
        'mimic_cxr' as dataset,
        study_id,
        'mimic_negbio' as labeler,
        'chexpert14' as scheme,
        label,
        value
    from {{ ref('stg_mimic_cxr_jpg__negbio_label') }}
    union all
    select
        'mimic_cxr' as dataset,
        study_id,
        'mimic_radiologist' as labeler,
        'chexpert14' as scheme,
        label,
        value
    from {{ ref('stg_mimic_cxr_jpg__radiologist_label') }}
    union all
    select
        dataset,
        study_id,
        labeler,
        scheme,
        label,
        value
    from {{ ref('int_relative_label') }}
    union all
    select
        images.dataset,
        images.study_id,
        labels.labeler,
        labels.scheme,
        labels.label,
        labels.value
    from image_labels as labels
    inner join {{ ref('int_image') }} as images
        on
            labels.dataset = images.dataset
            and labels.image_id = images.image_id
)

select * from study_labels
