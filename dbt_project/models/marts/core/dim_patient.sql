select
    dataset,
    patient_id,
    sex,
    split,
    n_studies,
    n_images,
    n_reports,
    first_studied_at,
    last_studied_at
from {{ ref('int_patient') }}
