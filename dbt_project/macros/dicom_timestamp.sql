{#-
    Date and time of a study from a date and a DICOM time read as a number: HHMMSS.fff without its leading zeros,
    so that 80556.875 is 08:05:56.875 and 17 is 17 seconds past midnight.
-#}
{% macro dicom_timestamp(date_column, time_column) -%}
cast({{ date_column }} as timestamp)
+ to_seconds(
    cast(floor({{ time_column }} / 10000) as bigint) * 3600
    + cast(floor({{ time_column }} / 100) % 100 as bigint) * 60
    + cast(floor({{ time_column }} % 100) as bigint)
)
+ to_milliseconds(cast(round(({{ time_column }} % 1) * 1000) as bigint))
{%- endmacro %}
