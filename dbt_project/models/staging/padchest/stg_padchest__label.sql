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
),

trimmed as (
    -- some labels are published with a space before them, some are nothing but one
    select distinct
        image_id,
        study_id,
        labeler,
        trim(label) as label
    from renamed
    where trim(label) <> ''
)

select * from trimmed
