{{ config(materialized='view') }}

-- What each release says of its images beyond their ids, in one shape.
with openi as (
    select
        'openi' as dataset,
        coalesce(images.image_id, headers.dicom_image_id) as image_id,
        cast(null as varchar) as sex,
        cast(null as double) as age_years,
        cast(headers.study_date as timestamp) as studied_at,
        cast(null as integer) as visit_number,
        cast(null as varchar) as split,
        headers.view_position,
        cast(null as varchar) as published_view_class,
        headers.n_rows,
        headers.n_columns
    from {{ ref('stg_openi__dicom') }} as headers
    left join {{ ref('stg_openi__report_image') }} as images
        on headers.dicom_image_id = images.dicom_image_id
),

chestxray14 as (
    select
        'chestxray14' as dataset,
        image_id,
        sex,
        {{ plausible_age('age_years') }} as age_years,
        cast(null as timestamp) as studied_at,
        follow_up_number as visit_number,
        cast(null as varchar) as split,
        view_position,
        cast(null as varchar) as published_view_class,
        n_rows,
        n_columns
    from {{ ref('stg_chestxray14__image') }}
),

chexpert as (
    select
        'chexpert' as dataset,
        image_id,
        left(published_sex, 1) as sex,
        {{ plausible_age('age_years') }} as age_years,
        cast(null as timestamp) as studied_at,
        cast(null as integer) as visit_number,
        split,
        cast(null as varchar) as view_position,
        lower(frontal_lateral) as published_view_class,
        cast(null as integer) as n_rows,
        cast(null as integer) as n_columns
    from {{ ref('stg_chexpert__image') }}
),

padchest as (
    select
        'padchest' as dataset,
        image_id,
        sex,
        {{ plausible_age('year(study_date) - birth_year') }} as age_years,
        cast(study_date as timestamp) as studied_at,
        cast(null as integer) as visit_number,
        cast(null as varchar) as split,
        projection as view_position,
        cast(null as varchar) as published_view_class,
        n_rows,
        n_columns
    from {{ ref('stg_padchest__image') }}
),

rsna_pneumonia as (
    select
        'rsna_pneumonia' as dataset,
        image_id,
        sex,
        {{ plausible_age('published_age') }} as age_years,
        cast(null as timestamp) as studied_at,
        cast(null as integer) as visit_number,
        cast(null as varchar) as split,
        view_position,
        cast(null as varchar) as published_view_class,
        cast(null as integer) as n_rows,
        cast(null as integer) as n_columns
    from {{ ref('stg_rsna_pneumonia__image') }}
),

mimic_cxr as (
    select
        'mimic_cxr' as dataset,
        metadata.image_id,
        cast(null as varchar) as sex,
        cast(null as double) as age_years,
        metadata.studied_at,
        cast(null as integer) as visit_number,
        split.split,
        coalesce(metadata.view_position, metadata.view_code) as view_position,
        cast(null as varchar) as published_view_class,
        metadata.n_rows,
        metadata.n_columns
    from {{ ref('stg_mimic_cxr_jpg__metadata') }} as metadata
    left join {{ ref('stg_mimic_cxr_jpg__split') }} as split
        on metadata.image_id = split.image_id
),

dicom as (
    select
        'dicom' as dataset,
        image_id,
        sex,
        {{ plausible_age('age_years') }} as age_years,
        studied_at,
        cast(null as integer) as visit_number,
        cast(null as varchar) as split,
        view_position,
        cast(null as varchar) as published_view_class,
        n_rows,
        n_columns
    from {{ ref('stg_dicom__header') }}
)

select * from openi
union all
select * from chestxray14
union all
select * from chexpert
union all
select * from padchest
union all
select * from rsna_pneumonia
union all
select * from mimic_cxr
union all
select
    dataset,
    image_id,
    sex,
    age_years,
    studied_at,
    visit_number,
    split,
    view_position,
    published_view_class,
    n_rows,
    n_columns
from {{ ref('int_relative_attribute') }}
union all
select * from dicom
