with source as (
    select * from {{ source('jsrt', 'jsrt_case') }}
),

renamed as (
    select
        image_id,
        has_nodule,
        subtlety,
        nodule_size as nodule_size_mm,
        age as age_years,
        case sex when 'female' then 'F' when 'male' then 'M' end as sex,
        x,
        y,
        malignancy,
        position,
        diagnosis
    from source
)

select * from renamed
