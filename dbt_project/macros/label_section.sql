{#-
    The section that stands for a report, from its sections under one set of rules: impression, else findings, else
    last_paragraph (Johnson et al. 2019, arXiv 1901.07042).
-#}
{% macro label_section(rules) -%}
case
    {%- for section in ['impression', 'findings', 'last_paragraph'] %}
    when count(*) filter (where rules = '{{ rules }}' and section = '{{ section }}') > 0 then '{{ section }}'
    {%- endfor %}
end
{%- endmacro %}
