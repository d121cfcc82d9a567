with source as (
    select * from {{ source('shenzhen', 'shenzhen_reading') }}
),

renamed as (
    select
        image_id,
        case sex when 'female' then 'F' when 'male' then 'M' end as sex,
        {{ age_in_years('age') }} as age_years,
        coalesce(reading, '') <> '' as has_reading
    from source
)

select * from renamed
