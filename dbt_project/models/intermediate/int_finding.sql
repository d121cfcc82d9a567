-- The project's findings, and those of users' label schemes.
select
    finding,
    name,
    parent,
    blocks_no_finding,
    definition
from {{ ref('finding') }}
union all
select
    own.finding,
    own.name,
    own.parent,
    own.blocks_no_finding,
    own.definition
from {{ ref('stg_nlp__finding') }} as own
where own.finding not in (select known.finding from {{ ref('finding') }} as known)
