with source as (
    select * from {{ source('covid_chestxray', 'covid_chestxray_image') }}
),

renamed as (
    select
        filename as image_id,
        patientid as patient_id,
        "offset" as illness_day,
        case when sex in ('F', 'M') then sex end as sex,
        age as age_years,
        -- a year alone is no day
        try_strptime(date, ['%B %d, %Y', '%b %d, %Y', '%Y-%m-%d']) as studied_at,
        view as view_position,
        case
            when view = 'PA' or starts_with(view, 'AP') then 'frontal'
            when view = 'L' then 'lateral'
            when view is not null then 'other'
        end as published_view_class,
        modality,
        if(finding not in ('todo', 'Unknown'), 'covid_chestxray_authors', null) as labeler,
        if(finding not in ('todo', 'Unknown'), string_split_regex(trim(finding), '\s*[/,]\s*'), null) as labels
    from source
)

select * from renamed
