{{ config(materialized='view') }}

-- What two labelers say of a finding in a study that both read: a row where at least one of them mentions it. Findings
-- that only one of the two ever gives in the data set are left out. A view, for its rows are many times the labels.
with shared as (
    select
        a.dataset,
        a.study_id,
        a.labeler as labeler_a,
        b.labeler as labeler_b
    from {{ ref('int_labeled_study') }} as a
    inner join {{ ref('int_labeled_study') }} as b
        on
            a.dataset = b.dataset
            and a.study_id = b.study_id
            and a.labeler < b.labeler
),

labels as (
    select
        shared.*,
        labels.finding,
        labels.value as value_a,
        null as value_b
    from shared
    inner join {{ ref('int_study_label') }} as labels
        on
            shared.dataset = labels.dataset
            and shared.study_id = labels.study_id
            and shared.labeler_a = labels.labeler
    union all
    select
        shared.*,
        labels.finding,
        null as value_a,
        labels.value as value_b
    from shared
    inner join {{ ref('int_study_label') }} as labels
        on
            shared.dataset = labels.dataset
            and shared.study_id = labels.study_id
            and shared.labeler_b = labels.labeler
),

pairs as (
    select
        dataset,
        study_id,
        labeler_a,
        labeler_b,
        finding,
        max(value_a) as value_a,
        max(value_b) as value_b
    from labels
    group by dataset, study_id, labeler_a, labeler_b, finding
)

select pairs.*
from pairs
inner join {{ ref('int_labeler_finding') }} as findings_a
    on
        pairs.dataset = findings_a.dataset
        and pairs.labeler_a = findings_a.labeler
        and pairs.finding = findings_a.finding
inner join {{ ref('int_labeler_finding') }} as findings_b
    on
        pairs.dataset = findings_b.dataset
        and pairs.labeler_b = findings_b.labeler
        and pairs.finding = findings_b.finding
