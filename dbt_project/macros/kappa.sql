{#- Cohen's kappa; null where chance alone explains full agreement (both always give the same answer). -#}
{% macro kappa(observed, expected) -%}
({{ observed }} - {{ expected }}) / nullif(1 - {{ expected }}, 0)
{%- endmacro %}
