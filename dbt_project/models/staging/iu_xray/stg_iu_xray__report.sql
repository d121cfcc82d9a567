with source as (
    select * from {{ source('iu_xray', 'iu_xray_report') }}
),

renamed as (
    select
        cast(uid as varchar) as study_id,
        'CXR' || cast(uid as varchar) as openi_study_id,
        "MeSH" as mesh,
        "Problems" as problems,
        image as examination,
        coalesce(findings, '') <> '' as has_findings,
        coalesce(impression, '') <> '' as has_impression
    from source
)

select * from renamed
