-- Every label name that a release publishes is in a scheme or a crosswalk, if only as no finding. The words of the
-- COVID-19 collection, which grows, are in a test of their own.
with published as (
    select distinct
        scheme,
        label
    from {{ ref('int_release_label') }}
    where scheme <> 'covid_chestxray'
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
