{#- An age in years; null above 120, which no patient reaches (ChestX-ray14 and RSNA hold up to 414 and 155). -#}
{% macro plausible_age(years) -%}
case when {{ years }} between 0 and 120 then cast({{ years }} as double) end
{%- endmacro %}
