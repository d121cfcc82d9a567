{%- set answers = {'positive': '= 1', 'negative': '= 0', 'uncertain': '= -1', 'none': 'is null'} %}
-- Two labelers on the studies that both read, finding by finding. "None" is a study without a mention of the finding.
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
        shared.dataset,
        shared.labeler_a,
        shared.labeler_b,
        count(*) as n_shared
    from shared
    group by shared.dataset, shared.labeler_a, shared.labeler_b
),

pair_findings as (
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

sides as (
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

answers as (
    select
        dataset,
        labeler_a,
        labeler_b,
        finding,
        study_id,
        max(value_a) as value_a,
        max(value_b) as value_b
    from sides
    group by dataset, labeler_a, labeler_b, finding, study_id
),

-- Few distinct answers: counting them first keeps the rest small.
tallies as (
    select
        dataset,
        labeler_a,
        labeler_b,
        finding,
        value_a,
        value_b,
        count(*) as n
    from answers
    group by dataset, labeler_a, labeler_b, finding, value_a, value_b
),

counts as (
    select
        pair_findings.dataset,
        pair_findings.labeler_a,
        pair_findings.labeler_b,
        pair_findings.finding,
        {%- for a in answers %}
        {%- for b in answers %}
        {%- if not (a == 'none' and b == 'none') %}
        coalesce(
            sum(tallies.n) filter (where tallies.value_a {{ answers[a] }} and tallies.value_b {{ answers[b] }}), 0
        ) as n_{{ a }}_{{ b }},
        {%- endif %}
        {%- endfor %}
        {%- endfor %}
        coalesce(sum(tallies.n) filter (where tallies.value_a = -9 or tallies.value_b = -9), 0) as n_unscored,
        any_value(pair_findings.n_shared) as n_shared
    from pair_findings
    left join tallies
        on
            pair_findings.dataset = tallies.dataset
            and pair_findings.labeler_a = tallies.labeler_a
            and pair_findings.labeler_b = tallies.labeler_b
            and pair_findings.finding = tallies.finding
    group by pair_findings.dataset, pair_findings.labeler_a, pair_findings.labeler_b, pair_findings.finding
),

scored as (
    select
        *,
        n_shared - n_unscored as n_studies,
        n_shared - n_unscored
        {%- for a in answers %}
        {%- for b in answers %}
        {%- if not (a == 'none' and b == 'none') %}
        - n_{{ a }}_{{ b }}
        {%- endif %}
        {%- endfor %}
        {%- endfor %} as n_none_none
    from counts
),

margins as (
    select
        *,
        {%- for a in answers %}
        {% for b in answers %}n_{{ a }}_{{ b }}{{ " + " if not loop.last }}{% endfor %} as n_a_{{ a }},
        {% for b in answers %}n_{{ b }}_{{ a }}{{ " + " if not loop.last }}{% endfor %} as n_b_{{ a }},
        {%- endfor %}
        (n_positive_positive + n_negative_negative + n_uncertain_uncertain + n_none_none) / nullif(n_studies, 0)
            as observed_agreement
    from scored
),

chance as (
    select
        *,
        (
            {%- for a in answers %}
            n_a_{{ a }} * n_b_{{ a }}{{ " +" if not loop.last }}
            {%- endfor %}
        ) / nullif(n_studies * n_studies, 0) as expected_agreement,
        (n_studies - n_a_positive - n_b_positive + 2 * n_positive_positive) / nullif(n_studies, 0)
            as observed_positive_agreement,
        (n_a_positive * n_b_positive + (n_studies - n_a_positive) * (n_studies - n_b_positive))
        / nullif(n_studies * n_studies, 0) as expected_positive_agreement
    from margins
)

select
    dataset,
    labeler_a,
    labeler_b,
    finding,
    cast(n_studies as bigint) as n_studies,
    {%- for a in answers %}
    {%- for b in answers %}
    cast(n_{{ a }}_{{ b }} as bigint) as n_{{ a }}_{{ b }},
    {%- endfor %}
    {%- endfor %}
    observed_agreement,
    {{ kappa('observed_agreement', 'expected_agreement') }} as kappa,
    observed_positive_agreement as positive_agreement,
    {{ kappa('observed_positive_agreement', 'expected_positive_agreement') }} as positive_kappa
from chance
