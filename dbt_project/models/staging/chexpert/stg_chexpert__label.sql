with source as (
    select * from {{ source('chexpert', 'chexpert_image') }}
),

renamed as (
    select
        "Path" as image_id,
        label,
        value
    from source
    {{ unpivot_chexpert14() }}
)

select * from renamed
