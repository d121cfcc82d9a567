{%- set answers = ['positive', 'negative', 'uncertain', 'none'] %}
-- Two labelers on the studies that both read, finding by finding. The answer "none" is a study that the labeler read
-- without mentioning the finding.
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

pairs as (
    select
        dataset,
        labeler_a,
        labeler_b,
        count(*) as n_shared
    from shared
    group by dataset, labeler_a, labeler_b
),

comparisons as (
    select
        pairs.*,
        findings_a.finding
    from pairs
    inner join {{ ref('int_labeler_finding') }} as findings_a
        on
            pairs.dataset = findings_a.dataset
            and pairs.labeler_a = findings_a.labeler
    inner join {{ ref('int_labeler_finding') }} as findings_b
        on
            pairs.dataset = findings_b.dataset
            and pairs.labeler_b = findings_b.labeler
            and findings_a.finding = findings_b.finding
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

mentions as (
    select
        dataset,
        labeler_a,
        labeler_b,
        finding,
        {{ answer('max(value_a)') }} as answer_a,
        {{ answer('max(value_b)') }} as answer_b
    from labels
    group by dataset, labeler_a, labeler_b, finding, study_id
),

mention_counts as (
    select
        dataset,
        labeler_a,
        labeler_b,
        finding,
        answer_a,
        answer_b,
        count(*) as n
    from mentions
    group by dataset, labeler_a, labeler_b, finding, answer_a, answer_b
),

-- What is left of the shared studies has no mention from either.
unmentioned as (
    select
        comparisons.dataset,
        comparisons.labeler_a,
        comparisons.labeler_b,
        comparisons.finding,
        'none' as answer_a,
        'none' as answer_b,
        comparisons.n_shared - coalesce(sum(mention_counts.n), 0) as n
    from comparisons
    left join mention_counts
        on
            comparisons.dataset = mention_counts.dataset
            and comparisons.labeler_a = mention_counts.labeler_a
            and comparisons.labeler_b = mention_counts.labeler_b
            and comparisons.finding = mention_counts.finding
    group by
        comparisons.dataset,
        comparisons.labeler_a,
        comparisons.labeler_b,
        comparisons.finding,
        comparisons.n_shared
),

counts as (
    select mention_counts.*
    from mention_counts
    inner join comparisons
        on
            mention_counts.dataset = comparisons.dataset
            and mention_counts.labeler_a = comparisons.labeler_a
            and mention_counts.labeler_b = comparisons.labeler_b
            and mention_counts.finding = comparisons.finding
    where mention_counts.answer_a <> 'unscored' and mention_counts.answer_b <> 'unscored'
    union all
    select * from unmentioned
),

agreement as (
    select
        dataset,
        labeler_a,
        labeler_b,
        finding,
        sum(n) as n_studies,
        {%- for a in answers %}
        {%- for b in answers %}
        {{ count_of("answer_a = '" ~ a ~ "' and answer_b = '" ~ b ~ "'") }} as n_{{ a }}_{{ b }},
        {%- endfor %}
        {%- endfor %}
        {{ count_of("answer_a = 'positive'") }} as n_a_positive,
        {{ count_of("answer_b = 'positive'") }} as n_b_positive,
        {{ count_of("answer_a = answer_b") }} / nullif(sum(n), 0) as observed,
        (
            0
            {%- for answer in answers %}
            + {{ count_of("answer_a = '" ~ answer ~ "'") }} * {{ count_of("answer_b = '" ~ answer ~ "'") }}
            {%- endfor %}
        ) / nullif(sum(n) * sum(n), 0) as expected
    from counts
    group by dataset, labeler_a, labeler_b, finding
),

positives as (
    select
        *,
        (n_studies - n_a_positive - n_b_positive + 2 * n_positive_positive) / nullif(n_studies, 0)
            as observed_positive,
        (n_a_positive * n_b_positive + (n_studies - n_a_positive) * (n_studies - n_b_positive))
        / nullif(n_studies * n_studies, 0) as expected_positive
    from agreement
)

select
    dataset,
    labeler_a,
    labeler_b,
    finding,
    cast(n_studies as bigint) as n_studies,
    {%- for a in answers %}
    {%- for b in answers %}
    n_{{ a }}_{{ b }},
    {%- endfor %}
    {%- endfor %}
    observed as observed_agreement,
    {{ kappa('observed', 'expected') }} as kappa,
    observed_positive as positive_agreement,
    {{ kappa('observed_positive', 'expected_positive') }} as positive_kappa
from positives
