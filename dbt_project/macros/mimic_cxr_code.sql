{#- What a code of MIMIC-CXR-JPG's metadata is about, by its words; null where there is no code. -#}
{% macro is_orientation(code) -%}
regexp_full_match(lower({{ code }}), '(semi-?)?(erect|recumbent)')
{%- endmacro %}


{% macro is_view_code(code) -%}
regexp_full_match(lower({{ code }}), '((postero|antero)-(anterior|posterior)|((left|right) )?lateral)( oblique)?')
{%- endmacro %}
