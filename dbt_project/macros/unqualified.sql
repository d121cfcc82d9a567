{# Names without the catalog: DuckDB stores a view's text, and the catalog is the name of the file. With it in the text,
   a warehouse file that is renamed or copied would have views that point to a file that is not there. #}
{% macro ref() %}
{%- do return(builtins.ref(*varargs, **kwargs).include(database=false)) -%}
{% endmacro %}

{% macro source(source_name, table_name) %}
{%- do return(builtins.source(source_name, table_name).include(database=false)) -%}
{% endmacro %}
