{#- A label's value in words; not_mentioned where the study does not mention the finding. -#}
{% macro answer(value) -%}
case {{ value }}
    when 1 then 'present'
    when 0 then 'absent'
    when -1 then 'uncertain'
    when -9 then 'unscored'
    else 'not_mentioned'
end
{%- endmacro %}
