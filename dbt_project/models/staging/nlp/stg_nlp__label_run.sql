with source as (
    select * from {{ source('nlp', 'label_run') }}
),

renamed as (
    select
        run_id,
        labeler,
        lexicon_sha,
        text_policy,
        coalesce(aggregation, 'cxr') as aggregation,
        product_version,
        status = 'complete' as is_complete,
        started_at,
        finished_at,
        seconds,
        n_reports,
        n_mentions
    from source
)

select * from renamed
