{{ config(severity='warn') }}

-- Every label name that a release publishes is in a scheme or a crosswalk, if only as no finding. Collections grow: a
-- new word is warned of.
with published as (
    select distinct
        scheme,
        label
    from {{ ref('int_release_label') }}
    union
    select distinct
        'vinbigdata' as scheme,
        label
    from {{ ref('stg_vinbigdata__box') }}
),

known as (
    select
        scheme,
        label
    from {{ ref('label_scheme') }}
    union all
    select
        scheme,
        label
    from {{ ref('label_crosswalk') }}
    union all
    select
        scheme,
        label
    from {{ ref('int_label_finding') }}
)

select published.*
from published
left join known
    on
        published.scheme = known.scheme
        and published.label = known.label
where known.label is null
