with source as (
    select * from {{ source('nlp', 'benchmark_comparison') }}
),

renamed as (
    select
        gold,
        labeler_a,
        labeler_b,
        scheme,
        task,
        finding,
        f1_a,
        f1_b,
        f1_difference,
        f1_difference_low,
        f1_difference_high,
        p_bootstrap,
        p_bootstrap_holm,
        n_only_a_right,
        n_only_b_right,
        p_mcnemar,
        p_mcnemar_holm,
        support,
        n_studies
    from source
)

select * from renamed
