with source as (
    select * from {{ source('chexpert', 'chexpert_image') }}
),

renamed as (
    select
        "Path" as image_id,
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
