-- Every label name that a release publishes is in a scheme or a crosswalk, if only as no finding.
with published as (
    select distinct
        'padchest' as scheme,
        label
    from {{ ref('stg_padchest__label') }}
    union all
    select distinct
        'chestxray14' as scheme,
        label
    from {{ ref('stg_chestxray14__finding_label') }}
    union all
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
)

select published.*
from published
left join known
    on
        published.scheme = known.scheme
        and published.label = known.label
where known.label is null
