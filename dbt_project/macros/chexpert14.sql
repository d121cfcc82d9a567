{#- The 14 CheXpert labels in the order of the MIMIC-CXR-JPG files; a test holds them to the seed label_scheme. -#}
{% macro chexpert14() -%}
    {{ return([
        'Atelectasis',
        'Cardiomegaly',
        'Consolidation',
        'Edema',
        'Enlarged Cardiomediastinum',
        'Fracture',
        'Lung Lesion',
        'Lung Opacity',
        'No Finding',
        'Pleural Effusion',
        'Pleural Other',
        'Pneumonia',
        'Pneumothorax',
        'Support Devices',
    ]) }}
{%- endmacro %}

{#- The labels as rows of label and value, behind a relation; `renamed` maps a label to its column there. -#}
{% macro unpivot_chexpert14(renamed={}) -%}
{%- set columns = [] -%}
{%- for label in chexpert14() -%}
{%- do columns.append('"' ~ renamed.get(label, label) ~ '"') -%}
{%- endfor -%}
unpivot (value for label in ({{ columns | join(', ') }}))
{%- endmacro %}

{# A label file of MIMIC-CXR-JPG as rows of study, label, value; `renamed` maps an observation to its column there. #}
{% macro chexpert14_rows(relation, renamed={}) %}
select
    cast(study_id as varchar) as study_id,
    label,
    value
from {{ relation }}
{{ unpivot_chexpert14(renamed) }}
{% endmacro %}


{#- The labels but No Finding as columns, each between what is given. -#}
{% macro finding_columns(before, after) -%}
{%- set columns = [] -%}
{%- for label in chexpert14() if label != 'No Finding' -%}
{%- do columns.append(before ~ label ~ after) -%}
{%- endfor -%}
{{ columns | join(',\n        ') }}
{%- endmacro %}
