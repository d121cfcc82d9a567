{#- A label's target under the policy of the row; what gold annotators left unscored (-9) has none. -#}
{% macro target_of(value) -%}
case {{ value }}
    when 1 then policies.positive
    when 0 then policies.negative
    when -1 then policies.uncertain
    when -9 then null
    else policies.not_mentioned
end
{%- endmacro %}
