{#- Band of an age in years, for strata of networks' performance; null where the age is. -#}
{% macro age_band(years) -%}
case
        when {{ years }} < 18 then '0-17'
        when {{ years }} < 40 then '18-39'
        when {{ years }} < 60 then '40-59'
        when {{ years }} < 80 then '60-79'
        when {{ years }} >= 80 then '80+'
    end
{%- endmacro %}
