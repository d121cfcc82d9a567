with source as (
    select * from {{ source('chexpert', 'chexpert_image') }}
),

renamed as (
    select
        "Path" as image_id,
        lower("Frontal/Lateral") as published_view_class,
        "AP/PA" as ap_pa,
        case "Sex" when 'Female' then 'F' when 'Male' then 'M' end as sex,
        "Age" as age_years,
        regexp_extract("Path", 'patient[0-9]+') as patient_id,
        regexp_extract("Path", 'patient[0-9]+/study[0-9]+') as study_id,
        cast(regexp_extract("Path", '/study([0-9]+)/', 1) as integer) as study_number,
        regexp_extract("Path", '(train|valid|test)/patient', 1) as split
    from source
)

select * from renamed
