with source as (
    select * from {{ source('warehouse', 'load_run') }}
),

renamed as (
    select
        run_id,
        source,
        product_version,
        started_at,
        seconds,
        n_rows,
        n_rejected
    from source
    where status = 'complete'
)

select * from renamed
