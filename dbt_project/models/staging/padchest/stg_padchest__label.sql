with source as (
    select * from {{ source('padchest', 'padchest_image') }}
),

renamed as (
    select
        "ImageID" as image_id,
        "StudyID" as study_id,
        case "MethodLabel" when 'Physician' then 'padchest_physician' else 'padchest_rnn' end as labeler,
        unnest("Labels") as label
    from source
)

select * from renamed
