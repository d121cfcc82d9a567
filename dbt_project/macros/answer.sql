{#- A label's value in words; none where the study does not mention the finding. -#}
{% macro answer(value) -%}
case {{ value }}
    when 1 then 'positive'
    when 0 then 'negative'
    when -1 then 'uncertain'
    when -9 then 'unscored'
    else 'none'
end
{%- endmacro %}
