{%- set answers = {'positive': 'present', 'negative': 'absent', 'uncertain': 'uncertain', 'none': 'not_mentioned'} %}
-- Two labelers on the studies that both read, finding by finding: their answers side by side, and kappa.
with agreement as (
    select
        dataset,
        labeler_a,
        labeler_b,
        finding,
        sum(n_studies) as n_studies,
        {%- for a in answers %}
        {%- for b in answers %}
        {{ count_of("answer_a = '" ~ answers[a] ~ "' and answer_b = '" ~ answers[b] ~ "'") }} as n_{{ a }}_{{ b }},
        {%- endfor %}
        {%- endfor %}
        {{ count_of("answer_a = 'present'") }} as n_a_positive,
        {{ count_of("answer_b = 'present'") }} as n_b_positive,
        {{ count_of("answer_a = answer_b") }} / nullif(sum(n_studies), 0) as observed,
        (
            0
            {%- for answer in answers.values() %}
            + {{ count_of("answer_a = '" ~ answer ~ "'") }} * {{ count_of("answer_b = '" ~ answer ~ "'") }}
            {%- endfor %}
        ) / nullif(sum(n_studies) * sum(n_studies), 0) as expected
    from {{ ref('label_confusion') }}
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
