{#- The rows behind the counts n that meet a condition. -#}
{% macro count_of(condition) -%}
cast(coalesce(sum(n) filter (where {{ condition }}), 0) as bigint)
{%- endmacro %}
