{{ config(materialized='view') }}

-- One reading an image from its three: a finding is present when more than half of the radiologists marked it.
with boxes as (
    select
        boxes.image_id,
        boxes.radiologist,
        crosswalk.finding
    from {{ ref('stg_vinbigdata__box') }} as boxes
    left join {{ ref('label_crosswalk') }} as crosswalk
        on
            boxes.label = crosswalk.label
            and crosswalk.scheme = 'vinbigdata'
),

readers as (
    select
        image_id,
        count(distinct radiologist) as n_readers
    from boxes
    group by image_id
),

marks as (
    select
        image_id,
        finding,
        count(distinct radiologist) as n_marked
    from boxes
    where finding is not null
    group by image_id, finding
),

findings as (
    select distinct finding
    from {{ ref('label_crosswalk') }}
    where scheme = 'vinbigdata'
)

select
    readers.image_id,
    findings.finding,
    cast(coalesce(marks.n_marked, 0) * 2 > readers.n_readers as smallint) as value
from readers
cross join findings
left join marks
    on
        readers.image_id = marks.image_id
        and findings.finding = marks.finding
