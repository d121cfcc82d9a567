select
    dataset,
    image_id,
    model,
    version,
    finding,
    probability
from {{ ref('stg_score__image_score') }}
