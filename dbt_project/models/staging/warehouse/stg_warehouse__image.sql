with source as (
    select * from {{ source('warehouse', 'image') }}
),

renamed as (
    select
        dataset,
        patient_id,
        study_id,
        image_id,
        path,
        upper(view_position) as view_position
    from source
)

select * from renamed
