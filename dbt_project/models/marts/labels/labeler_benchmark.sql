with measured as (
    select
        gold,
        labeler,
        scheme,
        task,
        finding,
        false as is_published,
        "precision",
        recall,
        f1,
        f1_low,
        f1_high,
        support,
        n_studies,
        cast(null as varchar) as source,
        cast(null as varchar) as note
    from {{ ref('stg_nlp__benchmark_result') }}
),

published as (
    select
        gold,
        labeler,
        scheme,
        task,
        finding,
        true as is_published,
        "precision",
        recall,
        f1,
        cast(null as double) as f1_low,
        cast(null as double) as f1_high,
        support,
        n_studies,
        source,
        note
    from {{ ref('published_benchmark') }}
)

select * from measured
union all
select * from published
