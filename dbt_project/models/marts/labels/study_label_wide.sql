with labels as (
    select
        labels.dataset,
        labels.study_id,
        labels.labeler,
        schemes.label,
        labels.value
    from {{ ref('int_study_label') }} as labels
    inner join {{ ref('label_scheme') }} as schemes
        on
            labels.finding = schemes.finding
            and schemes.scheme = 'chexpert14'
    where labels.value <> -9
),

wide as (
    select
        dataset,
        study_id,
        labeler,
        {%- for label in chexpert14() %}
        max(value) filter (where label = '{{ label }}') as "{{ label }}"
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from labels
    group by dataset, study_id, labeler
)

select
    studies.dataset,
    studies.study_id,
    studies.labeler,
    {%- for label in chexpert14() %}
    wide."{{ label }}"
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
from {{ ref('int_labeled_study') }} as studies
left join wide
    on
        studies.dataset = wide.dataset
        and studies.study_id = wide.study_id
        and studies.labeler = wide.labeler
