{#- One value from many of the same study, labeler and finding: present (1) over uncertain (-1) over absent (0). -#}
{% macro strongest_value(value_column) -%}
cast(
    case
        when max({{ value_column }}) = 1 then 1
        when min({{ value_column }}) = -1 then -1
        else min({{ value_column }})
    end as smallint
)
{%- endmacro %}
