with published as (
    select * exclude (run_id, source_file) from {{ source('mimic_cxr_jpg', 'mimic_cxr_jpg_metadata') }}
),

-- what the headers themselves say, of images that the published file lacks or where it is not loaded
derived as (
    select headers.*
    from {{ source('mimic_cxr', 'mimic_cxr_dicom_metadata') }} as headers
    anti join published on headers.dicom_id = published.dicom_id
),

source as (
    select * from published
    union all by name
    select * from derived
),

renamed as (
    select
        dicom_id as image_id,
        cast(study_id as varchar) as study_id,
        cast(subject_id as varchar) as patient_id,
        "PerformedProcedureStepDescription" as procedure_description,
        "ViewPosition" as view_position,
        "Rows" as n_rows,
        "Columns" as n_columns,
        studied_at,
        "ProcedureCodeSequence_CodeMeaning" as first_code,
        "ViewCodeSequence_CodeMeaning" as second_code,
        "PatientOrientationCodeSequence_CodeMeaning" as third_code
    from source
),

-- The release's own exporter writes the code sequences that exist from the left: where the procedure or the view code
-- is missing, what follows stands one or two columns too early. What a code says tells which of the three it is.
told as (
    select
        *,
        {{ is_orientation('first_code') }} as is_first_orientation,
        {{ is_orientation('second_code') }} as is_second_orientation,
        {{ is_view_code('first_code') }} as is_first_view
    from renamed
)

select
    image_id,
    study_id,
    patient_id,
    procedure_description,
    view_position,
    n_rows,
    n_columns,
    studied_at,
    case when not (is_first_orientation or is_first_view) then first_code end as procedure_code,
    case
        when is_first_view then first_code
        when not is_second_orientation then second_code
    end as view_code,
    case
        when is_first_orientation then first_code
        when is_second_orientation then second_code
        else third_code
    end as patient_orientation
from told
