with source as (
    select * from {{ source('cov_ctr', 'cov_ctr_report') }}
),

renamed as (
    select
        source_row,
        image_id,
        "COVID" as value,
        row_number() over (partition by image_id order by source_row) = 1 as is_first,
        coalesce(trim("reports_En"), '') <> '' as has_english
    from source
)

select * from renamed
