with source as (
    select * from {{ source('nlp', 'finding') }}
),

renamed as (
    select
        finding,
        name,
        parent,
        blocks_no_finding,
        definition
    from source
)

select * from renamed
