with source as (
    select * from {{ source('warehouse', 'report') }}
),

renamed as (
    select
        dataset,
        patient_id,
        study_id,
        language,
        text
    from source
)

select * from renamed
