with source as (
    select * from {{ source('openi', 'openi_report') }}
),

renamed as (
    select
        uid as study_id,
        pmc_id as patient_id,
        comparison,
        indication,
        findings,
        impression,
        image_ids,
        findings is not null or impression is not null as has_label_text
    from source
)

select * from renamed
