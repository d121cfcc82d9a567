-- The macro's list of labels is the seed's.
with listed as (
    {%- for label in chexpert14() %}
    select '{{ label }}' as label
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

scheme as (
    select label
    from {{ ref('label_scheme') }}
    where scheme = 'chexpert14'
)

select
    listed.label as listed_label,
    scheme.label as scheme_label
from listed
full outer join scheme
    on listed.label = scheme.label
where listed.label is null or scheme.label is null
