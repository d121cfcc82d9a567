select
    dataset,
    study_id,
    model,
    version,
    finding,
    probability
from {{ ref('stg_score__report_score') }}
