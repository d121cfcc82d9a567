{#- A column has at most one value for each combination of the others. -#}
{% test one_value_per(model, column_name, columns) %}

select {{ columns | join(', ') }}
from {{ model }}
group by {{ columns | join(', ') }}
having count(distinct {{ column_name }}) > 1

{% endtest %}
