with source as (
    select * from {{ source('dicom', 'dicom_header') }}
),

renamed as (
    select
        path as image_id,
        coalesce("StudyInstanceUID", path) as study_id,
        "PatientID" as patient_id,
        case when "PatientSex" in ('F', 'M') then "PatientSex" end as sex,
        -- an age in days, weeks or months is that of an infant
        cast(try_cast(regexp_extract("PatientAge", '^(\d{3})[YMWD]$', 1) as integer) as double)
        / case right("PatientAge", 1) when 'M' then 12 when 'W' then 52.18 when 'D' then 365.25 else 1 end as age_years,
        studied_at,
        "ViewPosition" as view_position,
        "Rows" as n_rows,
        "Columns" as n_columns
    from source
    where dicom_id is null and "Rows" is not null
)

select * from renamed
