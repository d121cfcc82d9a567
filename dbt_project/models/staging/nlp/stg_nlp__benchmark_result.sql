with source as (
    select * from {{ source('nlp', 'benchmark_result') }}
),

renamed as (
    select
        gold,
        labeler,
        scheme,
        task,
        finding,
        "precision",
        recall,
        f1,
        f1_low,
        f1_high,
        support,
        n_studies
    from source
)

select * from renamed
