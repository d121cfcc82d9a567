with source as (
    select * from {{ source('iu_xray', 'iu_xray_projection') }}
),

renamed as (
    select
        filename as image_id,
        cast(uid as varchar) as study_id,
        projection
    from source
)

select * from renamed
