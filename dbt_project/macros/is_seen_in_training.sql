{#-
    Whether an item is of the train or validation part, by the rule that the network's manifest names. The rules are
    macros of the warehouse file (warehouse/schema/macros.py).
-#}
{% macro is_seen_in_training(split_rule, dataset, patient_id, release_split) -%}
if(
    {{ split_rule }} = raw.patient_split_rule(),
    raw.patient_split({{ dataset }}, {{ patient_id }}) in ('train', 'validation'),
    {{ release_split }} in ('train', 'validate', 'validation')
)
{%- endmacro %}
