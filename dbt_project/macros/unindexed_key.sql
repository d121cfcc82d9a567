{#-
    The columns of a table that a contract creates. A mart with `meta: {has_indexed_key: false}` declares its key, and
    a unique_combination test holds it to it, but DuckDB builds no index: for 3.5 million labels that index takes longer
    than all else in a build, and half its memory (docs/decisions/0011).
-#}
{% macro duckdb__get_table_columns_and_constraints() -%}
{%- if config.get('meta', {}).get('has_indexed_key', true) -%}
{{ return(table_columns_and_constraints()) }}
{%- endif -%}
({{ adapter.render_raw_columns_constraints(raw_columns=model['columns']) | join(', ') }})
{%- endmacro %}
