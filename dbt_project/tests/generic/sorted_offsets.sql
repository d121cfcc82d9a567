{#- Both offsets are null, or the start is at 0 or later and before the end. -#}
{% test sorted_offsets(model, start_column, end_column) %}

select
    {{ start_column }},
    {{ end_column }}
from {{ model }}
where
    ({{ start_column }} is null) <> ({{ end_column }} is null)
    or {{ start_column }} < 0
    or {{ start_column }} >= {{ end_column }}

{% endtest %}
