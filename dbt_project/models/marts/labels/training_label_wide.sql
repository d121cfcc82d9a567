{{ config(materialized='view') }}

select
    policies.policy,
    wide.dataset,
    wide.labeler,
    wide.study_id,
    dim_study.patient_id,
    dim_study.split,
    {%- for label in chexpert14() %}
    {{ target_of('wide."' ~ label ~ '"') | indent(4) }} as "{{ label }}"
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
from {{ ref('int_study_label_wide') }} as wide
cross join {{ ref('label_policy') }} as policies
left join {{ ref('dim_study') }} as dim_study
    on
        wide.dataset = dim_study.dataset
        and wide.study_id = dim_study.study_id
