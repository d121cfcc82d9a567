with source as (
    select * from {{ source('mimic_cxr_jpg', 'mimic_cxr_jpg_chexpert') }}
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
            "{{ label }}"{{ "," if not loop.last }}
            {%- endfor %}
        )
    )
)

select * from renamed
