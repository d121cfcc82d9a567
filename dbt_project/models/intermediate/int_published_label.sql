-- Labels that the releases publish, by study, labeler and finding of ours.
with findings as (
    select
        labels.dataset,
        labels.study_id,
        labels.labeler,
        names.finding,
        labels.value
    from {{ ref('int_release_label') }} as labels
    inner join {{ ref('int_label_finding') }} as names
        on
            labels.scheme = names.scheme
            and labels.label = names.label
    -- the absence of a narrow finding says nothing about the wider one
    where not names.is_wider or labels.value <> 0
)

select
    dataset,
    study_id,
    labeler,
    finding,
    {{ strongest_value('value') }} as value
from findings
group by dataset, study_id, labeler, finding
