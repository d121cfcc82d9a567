{#- The condition holds for every row, or cannot be told (null). -#}
{% test holds(model, condition) %}

select *
from {{ model }}
where not ({{ condition }})

{% endtest %}
