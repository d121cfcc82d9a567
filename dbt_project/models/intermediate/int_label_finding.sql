-- Published label names by scheme with the finding they stand for and the wider findings that a positive also says.
with published as (
    select
        scheme,
        label,
        finding
    from {{ ref('label_scheme') }}
    union
    select
        scheme,
        label,
        finding
    from {{ ref('label_crosswalk') }}
    where finding is not null
),

names as (
    select * from published
    union
    -- a reading made of several labels names its finding
    select
        'finding' as scheme,
        finding as label,
        finding
    from published
)

select
    names.scheme,
    names.label,
    ancestors.counts_for as finding,
    bool_and(ancestors.is_wider) as is_wider
from names
inner join {{ ref('int_finding_ancestor') }} as ancestors
    on names.finding = ancestors.finding
group by names.scheme, names.label, ancestors.counts_for
