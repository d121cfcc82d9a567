-- The 14 labels of each study that a labeler read, a column a label; -9 marks what gold annotators left unscored.
with schemes as (
    select
        finding,
        label
    from {{ ref('label_scheme') }}
    where scheme = 'chexpert14'
),

wide as (
    select
        labels.dataset,
        labels.study_id,
        labels.labeler,
        {%- for label in chexpert14() %}
        max(labels.value) filter (where schemes.label = '{{ label }}') as "{{ label }}"
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('int_study_label') }} as labels
    inner join schemes
        on labels.finding = schemes.finding
    group by labels.dataset, labels.study_id, labels.labeler
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
