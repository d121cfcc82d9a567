with source as (
    select * from {{ source('annotation', 'labeled_study') }}
),

renamed as (
    select
        dataset,
        study_id,
        annotator as labeler
    from source
)

select * from renamed
