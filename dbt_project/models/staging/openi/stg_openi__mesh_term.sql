with source as (
    select * from {{ source('openi', 'openi_report') }}
),

unnested as (
    select
        uid as study_id,
        true as is_major,
        unnest(mesh_major) as mesh_term
    from source
    union all
    select
        uid as study_id,
        false as is_major,
        unnest(mesh_automatic) as mesh_term
    from source
),

renamed as (
    select distinct
        study_id,
        is_major,
        mesh_term,
        split_part(mesh_term, '/', 1) as heading,
        string_split(mesh_term, '/')[2:] as qualifiers
    from unnested
)

select * from renamed
