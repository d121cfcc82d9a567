with source as (
    select * from {{ source('mimic_cxr_jpg', 'mimic_cxr_jpg_test_set_labeled') }}
),

renamed as (
    select
        cast(study_id as varchar) as study_id,
        label,
        value
    from source
    unpivot (
        value for label in (
            {%- for label in chexpert14() %}
            "{{ 'Airspace Opacity' if label == 'Lung Opacity' else label }}"{{ "," if not loop.last }}
            {%- endfor %}
        )
    )
)

select * from renamed
