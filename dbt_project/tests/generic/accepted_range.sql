{#- The column is null or within the range, both ends included. -#}
{% test accepted_range(model, column_name, min_value="'-infinity'", max_value="'infinity'") %}

select {{ column_name }}
from {{ model }}
where cast({{ column_name }} as double) not between {{ min_value }} and {{ max_value }}

{% endtest %}
