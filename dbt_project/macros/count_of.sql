{#- The studies behind the counts n_studies that meet a condition. -#}
{% macro count_of(condition) -%}
cast(coalesce(sum(n_studies) filter (where {{ condition }}), 0) as bigint)
{%- endmacro %}
