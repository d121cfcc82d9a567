with source as (
    select * from {{ source('nlp', 'label') }}
),

renamed as (
    select
        run_id,
        dataset,
        study_id,
        labeler,
        lexicon_sha,
        finding,
        value
    from source
)

select * from renamed
