{{ config(materialized='view') }}

-- What the smaller relatives say of their images beyond their ids, in the shape of int_image_attribute.
with jsrt as (
    select
        'jsrt' as dataset,
        image_id,
        sex,
        {{ plausible_age('age_years') }} as age_years,
        cast(null as timestamp) as studied_at,
        cast(null as integer) as visit_number,
        cast(null as varchar) as split,
        'PA' as view_position,
        cast(null as varchar) as published_view_class,
        2048 as n_rows,
        2048 as n_columns
    from {{ ref('stg_jsrt__case') }}
),

readings as (
    select
        'montgomery' as dataset,
        image_id,
        sex,
        age_years
    from {{ ref('stg_montgomery__reading') }}
    union all
    select
        'shenzhen' as dataset,
        image_id,
        sex,
        age_years
    from {{ ref('stg_shenzhen__reading') }}
),

tuberculosis as (
    select
        dataset,
        image_id,
        sex,
        {{ plausible_age('age_years') }} as age_years,
        cast(null as timestamp) as studied_at,
        cast(null as integer) as visit_number,
        cast(null as varchar) as split,
        'PA' as view_position,
        cast(null as varchar) as published_view_class,
        cast(null as integer) as n_rows,
        cast(null as integer) as n_columns
    from readings
),

iu_xray as (
    select
        'iu_xray' as dataset,
        image_id,
        cast(null as varchar) as sex,
        cast(null as double) as age_years,
        cast(null as timestamp) as studied_at,
        cast(null as integer) as visit_number,
        cast(null as varchar) as split,
        upper(projection) as view_position,
        lower(projection) as published_view_class,
        cast(null as integer) as n_rows,
        cast(null as integer) as n_columns
    from {{ ref('stg_iu_xray__projection') }}
),

-- a slice of CT is neither frontal nor lateral
cov_ctr as (
    select
        dataset,
        image_id,
        cast(null as varchar) as sex,
        cast(null as double) as age_years,
        cast(null as timestamp) as studied_at,
        cast(null as integer) as visit_number,
        cast(null as varchar) as split,
        cast(null as varchar) as view_position,
        'other' as published_view_class,
        cast(null as integer) as n_rows,
        cast(null as integer) as n_columns
    from {{ ref('stg_warehouse__image') }}
    where dataset = 'cov_ctr'
),

brax as (
    select
        'brax' as dataset,
        image_id,
        sex,
        {{ plausible_age('age_years') }} as age_years,
        cast(study_date as timestamp) as studied_at,
        cast(null as integer) as visit_number,
        cast(null as varchar) as split,
        view_position,
        cast(null as varchar) as published_view_class,
        n_rows,
        n_columns
    from {{ ref('stg_brax__image') }}
),

chexpert_plus as (
    select
        'chexpert_plus' as dataset,
        image_id,
        sex,
        {{ plausible_age('age_years') }} as age_years,
        cast(null as timestamp) as studied_at,
        cast(null as integer) as visit_number,
        split,
        ap_pa as view_position,
        lower(frontal_lateral) as published_view_class,
        cast(null as integer) as n_rows,
        cast(null as integer) as n_columns
    from {{ ref('stg_chexpert_plus__image') }}
)

select * from jsrt
union all
select * from tuberculosis
union all
select * from iu_xray
union all
select * from cov_ctr
union all
select * from brax
union all
select * from chexpert_plus
