select
    dataset,
    image_id,
    study_id,
    patient_id,
    path,
    view_position,
    view_class,
    procedure_description,
    procedure_code,
    is_portable,
    patient_orientation,
    studied_at,
    split,
    n_rows,
    n_columns
from {{ ref('int_image') }}
