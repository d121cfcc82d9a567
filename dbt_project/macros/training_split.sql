{#- The split of the report networks, in the words of their manifests; the rule itself follows. -#}
{% macro known_split_rule() -%}
md5(dataset:patient_id) as an integer modulo 100: below 70 train, below 80 validation, else test
{%- endmacro %}


{#- Whether a patient is of the train or validation part, by that rule. -#}
{% macro is_seen_in_training(dataset, patient_id) -%}
md5_number({{ dataset }} || ':' || {{ patient_id }}) % 100 < 80
{%- endmacro %}
