with source as (
    select * from {{ source('score', 'model') }}
),

renamed as (
    select
        name as model,
        version,
        task,
        input,
        findings,
        weights_sha,
        manifest
    from source
)

select * from renamed
