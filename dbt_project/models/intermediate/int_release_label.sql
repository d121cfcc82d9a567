{{ config(materialized='view') }}

-- Labels as the releases publish them, by study; those of an image are its study's. Those of the variable image_labels
-- need no lines here: their image model has the labeler and a list of its labels, which is a scheme of its own.
with image_labels as (
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
    union all
    select
        'vinbigdata' as dataset,
        image_id,
        'vinbigdata_radiologists' as labeler,
        'finding' as scheme,
        finding as label,
        value
    from {{ ref('int_vinbigdata_label') }}
    {%- for dataset in var('image_labels') %}
    union all
    select
        '{{ dataset }}' as dataset,
        image_id,
        labeler,
        '{{ dataset }}' as scheme,
        unnest(labels) as label,
        1 as value
    from {{ ref('stg_' ~ dataset ~ '__image') }}
    {%- endfor %}
),

-- JSRT, Montgomery and Shenzhen say their labels in the image's name
named as (
    select
        dataset,
        study_id,
        image_id
    from {{ ref('stg_warehouse__image') }}
    where dataset in ('jsrt', 'montgomery', 'shenzhen')
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
    {%- for labeler in ('chexpert', 'negbio', 'radiologist') %}
    union all
    select
        'mimic_cxr' as dataset,
        study_id,
        'mimic_{{ labeler }}' as labeler,
        'chexpert14' as scheme,
        label,
        value
    from {{ ref('stg_mimic_cxr_jpg__' ~ labeler ~ '_label') }}
    {%- endfor %}
    union all
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
