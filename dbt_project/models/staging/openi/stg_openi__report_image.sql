with source as (
    select * from {{ source('openi', 'openi_image') }}
),

renamed as (
    select
        image_id,
        uid as study_id,
        -- the reports call the images of CXR1 CXR1_1_IM-..., the DICOM headers CXR1_IM-...
        regexp_replace(image_id, '^(CXR[0-9]+)_[0-9]+_IM', '\1_IM') as dicom_image_id,
        figure_id,
        caption,
        cast(regexp_extract(figure_id, '[0-9]+$') as integer) as figure_number
    from source
)

select * from renamed
