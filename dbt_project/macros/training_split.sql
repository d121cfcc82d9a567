{#- The words of a manifest, as SQL strings, by which a network's training items are known. -#}
{% macro patient_split_rule() -%}
'md5(dataset:patient_id) as an integer modulo 100: below 70 train, below 80 validation, else test'
{%- endmacro %}


{% macro known_split_rules() -%}
{{ patient_split_rule() }}, 'the release''s own split'
{%- endmacro %}


{#- Whether an item is of the train or validation part, by the network's rule. -#}
{% macro is_seen_in_training(split_rule, dataset, patient_id, release_split) -%}
if(
    {{ split_rule }} = {{ patient_split_rule() }},
    md5_number({{ dataset }} || ':' || {{ patient_id }}) % 100 < 80,
    {{ release_split }} in ('train', 'validate', 'validation')
)
{%- endmacro %}
