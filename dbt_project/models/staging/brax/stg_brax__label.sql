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
    {{ unpivot_chexpert14() }}
)

select * from renamed
