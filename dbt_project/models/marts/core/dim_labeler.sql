-- Labelers that are described, and any other that has labels here.
with labelers as (
    select * from {{ ref('labeler') }}
),

labeled as (
    select
        labeler,
        count(*) as n_studies,
        count(distinct dataset) as n_datasets
    from {{ ref('int_labeled_study') }}
    group by labeler
),

runs as (
    select * from {{ ref('int_latest_label_run') }}
)

select
    coalesce(labelers.labeler, labeled.labeler) as labeler,
    coalesce(labelers.name, labeled.labeler) as name,
    coalesce(labelers.kind, if(runs.run_id is null, 'unknown', 'rules')) as kind,
    labelers.reads,
    labelers.scheme,
    labelers.citation,
    runs.run_id,
    runs.lexicon_sha,
    runs.finished_at as labeled_at,
    coalesce(labeled.n_datasets, 0) as n_datasets,
    coalesce(labeled.n_studies, 0) as n_studies
from labelers
full outer join labeled
    on labelers.labeler = labeled.labeler
left join runs
    on coalesce(labelers.labeler, labeled.labeler) = runs.labeler
