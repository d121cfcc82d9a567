-- The macro's list of labels is the seed's.
with listed as (
    {%- for label in chexpert14() %}
    select '{{ label }}' as label
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

scheme as (
    select label
    from {{ ref('label_scheme') }}
    where scheme = 'chexpert14'
)

(select label from listed except select label from scheme)
union all
(select label from scheme except select label from listed)
