{#-
    The section that stands for a report, from its sections under one set of rules: impression, else findings, else
    last_paragraph (Johnson et al. 2019, arXiv 1901.07042).
-#}
{% macro label_section(rules) -%}
case
    when bool_or(section = 'impression') filter (where rules = '{{ rules }}') then 'impression'
    when bool_or(section = 'findings') filter (where rules = '{{ rules }}') then 'findings'
    when bool_or(section = 'last_paragraph') filter (where rules = '{{ rules }}') then 'last_paragraph'
end
{%- endmacro %}
