with source as (
    select * from {{ source('annotation', 'label') }}
),

renamed as (
    select
        dataset,
        study_id,
        annotator as labeler,
        finding,
        value
    from source
)

select * from renamed
