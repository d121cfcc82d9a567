with counted as (
    select
        published.*,
        coalesce(counts.n, 0) as n
    from {{ ref('published_count') }} as published
    left join {{ ref('int_count') }} as counts
        on
            published.dataset = counts.dataset
            and published.subject = counts.subject
)

select
    dataset,
    subject,
    unit,
    published_count,
    n as loaded_count,
    n - published_count as difference,
    case
        when max(n) over (partition by dataset, relation) = 0 then 'not loaded'
        when n = published_count then 'match'
        else 'differs'
    end as status,
    is_rebuildable,
    is_verified,
    relation,
    source,
    note
from counted
