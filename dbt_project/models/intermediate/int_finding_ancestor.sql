-- Each finding with itself and every wider finding that it counts for.
with recursive chain as (
    select
        finding,
        finding as counts_for
    from {{ ref('int_finding') }}
    union all
    select
        chain.finding,
        findings.parent as counts_for
    from chain
    inner join {{ ref('int_finding') }} as findings
        on chain.counts_for = findings.finding
    where findings.parent is not null
)

select
    finding,
    counts_for,
    finding <> counts_for as is_wider
from chain
