-- The 4 x 4 answers of two labelers in long form; what neither mentions is the rest of the studies that both read.
with mentioned as (
    select
        dataset,
        labeler_a,
        labeler_b,
        finding,
        {{ answer('value_a') }} as answer_a,
        {{ answer('value_b') }} as answer_b,
        count(*) as n_studies
    from {{ ref('int_label_pair') }}
    group by dataset, labeler_a, labeler_b, finding, value_a, value_b
),

shared as (
    select
        a.dataset,
        a.labeler as labeler_a,
        b.labeler as labeler_b,
        count(*) as n_studies
    from {{ ref('int_labeled_study') }} as a
    inner join {{ ref('int_labeled_study') }} as b
        on
            a.dataset = b.dataset
            and a.study_id = b.study_id
            and a.labeler < b.labeler
    group by a.dataset, a.labeler, b.labeler
),

comparisons as (
    select
        shared.dataset,
        shared.labeler_a,
        shared.labeler_b,
        findings_a.finding,
        shared.n_studies
    from shared
    inner join {{ ref('int_labeler_finding') }} as findings_a
        on
            shared.dataset = findings_a.dataset
            and shared.labeler_a = findings_a.labeler
    inner join {{ ref('int_labeler_finding') }} as findings_b
        on
            shared.dataset = findings_b.dataset
            and shared.labeler_b = findings_b.labeler
            and findings_a.finding = findings_b.finding
),

unmentioned as (
    select
        comparisons.dataset,
        comparisons.labeler_a,
        comparisons.labeler_b,
        comparisons.finding,
        'not_mentioned' as answer_a,
        'not_mentioned' as answer_b,
        comparisons.n_studies - coalesce(sum(mentioned.n_studies), 0) as n_studies
    from comparisons
    left join mentioned
        on
            comparisons.dataset = mentioned.dataset
            and comparisons.labeler_a = mentioned.labeler_a
            and comparisons.labeler_b = mentioned.labeler_b
            and comparisons.finding = mentioned.finding
    group by
        comparisons.dataset,
        comparisons.labeler_a,
        comparisons.labeler_b,
        comparisons.finding,
        comparisons.n_studies
),

counts as (
    select * from mentioned
    where answer_a <> 'unscored' and answer_b <> 'unscored'
    union all
    select * from unmentioned
)

select
    dataset,
    labeler_a,
    labeler_b,
    finding,
    answer_a,
    answer_b,
    cast(n_studies as bigint) as n_studies
from counts
