{{ config(materialized='view') }}

select
    dataset,
    study_id,
    labeler,
    {%- for label in chexpert14() %}
    nullif("{{ label }}", -9) as "{{ label }}"
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
from {{ ref('int_study_label_wide') }}
