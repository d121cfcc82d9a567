{#-
    Years from an age as text: a number and the first letter of its unit (037Y, 45yrs, 2 months, 10 d), without a unit
    years. '85 or more' is 85.
-#}
{% macro age_in_years(age) -%}
try_cast(regexp_extract({{ age }}, '^\s*([0-9]+)', 1) as double) / case lower(regexp_extract({{ age }}, '[0-9]\s*([a-zA-Z])', 1))
    when 'm' then 12
    when 'w' then 365.25 / 7
    when 'd' then 365.25
    else 1
end
{%- endmacro %}
