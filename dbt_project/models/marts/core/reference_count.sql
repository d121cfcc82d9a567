select
    published.dataset,
    published.subject,
    published.unit,
    published.published_count,
    counts.n as loaded_count,
    counts.n - published.published_count as difference,
    case
        when counts.n = 0 then 'not loaded'
        when counts.n = published.published_count then 'match'
        else 'differs'
    end as status,
    published.source
from {{ ref('published_count') }} as published
inner join {{ ref('int_count') }} as counts
    on
        published.dataset = counts.dataset
        and published.subject = counts.subject
