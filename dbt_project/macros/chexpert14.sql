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
