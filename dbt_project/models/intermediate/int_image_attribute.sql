{{ config(materialized='view') }}

-- What each release says of its images beyond their ids, in one shape. A release names only what it has. Those of the
-- variable common_images need no lines here: their image model has the columns under the names below.
with openi as (
    select
        'openi' as dataset,
        coalesce(images.image_id, headers.dicom_image_id) as image_id,
        headers.study_date as studied_at,
        headers.view_position,
        headers.n_rows,
        headers.n_columns
    from {{ ref('stg_openi__dicom') }} as headers
    left join {{ ref('stg_openi__report_image') }} as images
        on headers.dicom_image_id = images.dicom_image_id
),

padchest as (
    select
        'padchest' as dataset,
        image_id,
        sex,
        year(study_date) - birth_year as age_years,
        study_date as studied_at,
        projection as view_position,
        n_rows,
        n_columns
    from {{ ref('stg_padchest__image') }}
),

mimic_cxr as (
    select
        'mimic_cxr' as dataset,
        metadata.image_id,
        metadata.studied_at,
        split.split,
        coalesce(metadata.view_position, metadata.view_code) as view_position,
        metadata.n_rows,
        metadata.n_columns
    from {{ ref('stg_mimic_cxr_jpg__metadata') }} as metadata
    left join {{ ref('stg_mimic_cxr_jpg__split') }} as split
        on metadata.image_id = split.image_id
),

jsrt as (
    select
        'jsrt' as dataset,
        image_id,
        sex,
        age_years,
        'PA' as view_position,
        2048 as n_rows,
        2048 as n_columns
    from {{ ref('stg_jsrt__case') }}
),

tuberculosis as (
    select
        'montgomery' as dataset,
        image_id,
        sex,
        age_years,
        'PA' as view_position
    from {{ ref('stg_montgomery__reading') }}
    union all
    select
        'shenzhen' as dataset,
        image_id,
        sex,
        age_years,
        'PA' as view_position
    from {{ ref('stg_shenzhen__reading') }}
),

iu_xray as (
    select
        'iu_xray' as dataset,
        image_id,
        upper(projection) as view_position,
        lower(projection) as published_view_class
    from {{ ref('stg_iu_xray__projection') }}
),

-- a slice of CT is neither frontal nor lateral
cov_ctr as (
    select
        dataset,
        image_id,
        'other' as published_view_class
    from {{ ref('stg_warehouse__image') }}
    where dataset = 'cov_ctr'
),

together as (
    select * from openi
    union all by name
    select * from padchest
    union all by name
    select * from mimic_cxr
    union all by name
    select * from jsrt
    union all by name
    select * from tuberculosis
    union all by name
    select * from iu_xray
    union all by name
    select * from cov_ctr
    union all by name
    select
        'dicom' as dataset,
        *
    from {{ ref('stg_dicom__header') }}
    {%- for dataset in var('common_images') %}
    union all by name
    select
        '{{ dataset }}' as dataset,
        *
    from {{ ref('stg_' ~ dataset ~ '__image') }}
    {%- endfor %}
)

select
    dataset,
    image_id,
    sex,
    {{ plausible_age('age_years') }} as age_years,
    cast(studied_at as timestamp) as studied_at,
    visit_number,
    split,
    view_position,
    published_view_class,
    n_rows,
    n_columns
from together
