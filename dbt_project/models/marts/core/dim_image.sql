select
    dataset,
    image_id,
    study_id,
    patient_id,
    path,
    view_position,
    view_class,
    studied_at,
    split,
    n_rows,
    n_columns
from {{ ref('int_image') }}
