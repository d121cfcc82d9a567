with labels as (
    select
        finding,
        max(label) filter (where scheme = 'chexpert14') as chexpert14_label,
        max(label) filter (where scheme = 'chestxray14') as chestxray14_label
    from {{ ref('label_scheme') }}
    group by finding
)

select
    findings.finding,
    findings.name,
    findings.parent,
    findings.blocks_no_finding,
    findings.definition,
    labels.chexpert14_label,
    labels.chestxray14_label
from {{ ref('int_finding') }} as findings
left join labels
    on findings.finding = labels.finding
