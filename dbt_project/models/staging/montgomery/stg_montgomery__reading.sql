with source as (
    select * from {{ source('montgomery', 'montgomery_reading') }}
),

renamed as (
    select
        image_id,
        case when upper(sex) in ('F', 'M') then upper(sex) end as sex,
        {{ age_in_years('age') }} as age_years,
        coalesce(reading, '') <> '' as has_reading
    from source
)

select * from renamed
