select
    dataset,
    study_id,
    labeler,
    finding,
    value
from {{ ref('int_study_label') }}
where value <> -9
