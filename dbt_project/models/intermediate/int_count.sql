{{ config(materialized='view') }}

{#- What is counted, by data set and staging model: the names are those of the seed published_count. -#}
{%- set counts = [
    ('openi', 'reports', 'stg_openi__report', "count(*)"),
    ('openi', 'DICOM headers', 'stg_openi__dicom', "count(*)"),
    ('chestxray14', 'images', 'stg_chestxray14__image', "count(*)"),
    ('chestxray14', 'patients', 'stg_chestxray14__image', "count(distinct patient_id)"),
    ('chestxray14', 'boxes', 'stg_chestxray14__box', "count(*)"),
    ('chestxray14', 'images labeled by Google', 'stg_google_nih__label', "count(distinct image_id)"),
    ('chexpert', 'training images', 'stg_chexpert__image', "count(*) filter (where split = 'train')"),
    ('chexpert', 'training studies', 'stg_chexpert__image', "count(distinct study_id) filter (where split = 'train')"),
    ('chexpert', 'training patients', 'stg_chexpert__image', "count(distinct patient_id) filter (where split = 'train')"),
    ('padchest', 'images', 'stg_padchest__image', "count(*)"),
    ('padchest', 'patients', 'stg_padchest__image', "count(distinct patient_id)"),
    ('rsna_pneumonia', 'training images', 'stg_rsna_pneumonia__box', "count(distinct image_id)"),
    ('rsna_pneumonia', 'label rows', 'stg_rsna_pneumonia__box', "count(*)"),
    ('vinbigdata', 'training images', 'stg_vinbigdata__box', "count(distinct image_id)"),
    ('jsrt', 'images', 'stg_warehouse__image', "count(*) filter (where dataset = 'jsrt')"),
    ('jsrt', 'images with a nodule', 'stg_jsrt__case', "count(*) filter (where has_nodule)"),
    ('jsrt', 'images without a nodule', 'stg_jsrt__case', "count(*) filter (where not has_nodule)"),
    ('montgomery', 'images', 'stg_warehouse__image', "count(*) filter (where dataset = 'montgomery')"),
    ('montgomery', 'images with tuberculosis', 'stg_warehouse__image', "count(*) filter (where dataset = 'montgomery' and ends_with(image_id, '_1'))"),
    ('shenzhen', 'images', 'stg_warehouse__image', "count(*) filter (where dataset = 'shenzhen')"),
    ('shenzhen', 'images with tuberculosis', 'stg_warehouse__image', "count(*) filter (where dataset = 'shenzhen' and ends_with(image_id, '_1'))"),
    ('iu_xray', 'reports', 'stg_iu_xray__report', "count(*)"),
    ('iu_xray', 'listed images', 'stg_iu_xray__projection', "count(*)"),
    ('cov_ctr', 'images with a report', 'stg_cov_ctr__report', "count(distinct image_id)"),
    ('cov_ctr', 'images of COVID-19', 'stg_cov_ctr__report', "count(distinct image_id) filter (where value = 1)"),
    ('brax', 'images', 'stg_brax__image', "count(*)"),
    ('brax', 'studies', 'stg_brax__image', "count(distinct study_id)"),
    ('chexpert_plus', 'training images', 'stg_chexpert_plus__image', "count(*) filter (where split = 'train')"),
    ('chexpert_plus', 'studies', 'stg_chexpert_plus__image', "count(distinct study_id)"),
    ('chexpert_plus', 'patients', 'stg_chexpert_plus__image', "count(distinct patient_id)"),
] -%}

{% for dataset, subject, model, expression in counts -%}
select
    '{{ dataset }}' as dataset,
    '{{ subject }}' as subject,
    {{ expression }} as n
from {{ ref(model) }}
union all
{% endfor -%}
select
    'mimic_cxr' as dataset,
    subject,
    n
from {{ ref('int_mimic_cxr_count') }}
