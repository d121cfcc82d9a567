{{ config(materialized='view') }}

-- A view, so that what 'cxr attribute' adds is there without a build.
select
    attributions.dataset,
    models.input,
    attributions.item_id,
    attributions.model,
    attributions.version,
    attributions.finding,
    attributions.method,
    attributions.probability,
    attributions.numbers_path,
    attributions.picture_path
from {{ ref('stg_score__attribution') }} as attributions
inner join {{ ref('stg_score__model') }} as models
    on
        attributions.model = models.model
        and attributions.version = models.version
