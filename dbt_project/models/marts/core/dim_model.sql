select
    model,
    version,
    task,
    input,
    findings,
    len(findings) as n_findings,
    weights_sha,
    manifest
from {{ ref('stg_score__model') }}
