with source as (
    select * from {{ source('brax', 'brax_image') }}
),

renamed as (
    select
        "PngPath" as image_id,
        concat_ws('/', "PatientID", "AccessionNumber") as study_id,
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
