with source as (
    select * from {{ source('openi', 'openi_image') }}
),

renamed as (
    select
        image_id,
        uid as study_id,
        figure_id,
        caption,
        cast(regexp_extract(figure_id, '[0-9]+$') as integer) as figure_number
    from source
)

select * from renamed
