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
    union all
    select
        images.dataset,
        images.study_id,
        'vinbigdata_radiologists' as labeler,
        ancestors.counts_for as finding,
        labels.value
    from {{ ref('int_vinbigdata_label') }} as labels
    inner join {{ ref('int_image') }} as images
        on
            images.dataset = 'vinbigdata'
            and labels.image_id = images.image_id
    inner join {{ ref('int_finding_ancestor') }} as ancestors
        on labels.finding = ancestors.finding
    where not ancestors.is_wider or labels.value <> 0
)

select
    dataset,
    study_id,
    labeler,
    finding,
    {{ strongest_value('value') }} as value
from findings
group by dataset, study_id, labeler, finding
