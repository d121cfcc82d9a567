with studies as (
    select
        dataset,
        labeler,
        count(*) as n_studies
    from {{ ref('int_labeled_study') }}
    group by dataset, labeler
),

labels as (
    select
        dataset,
        labeler,
        finding,
        count(*) filter (where value = 1) as n_positive,
        count(*) filter (where value = 0) as n_negative,
        count(*) filter (where value = -1) as n_uncertain,
        count(*) filter (where value = -9) as n_unscored
    from {{ ref('int_study_label') }}
    group by dataset, labeler, finding
)

select
    labels.dataset,
    labels.labeler,
    labels.finding,
    studies.n_studies - labels.n_unscored as n_studies,
    labels.n_positive,
    labels.n_negative,
    labels.n_uncertain,
    studies.n_studies
    - labels.n_unscored
    - labels.n_positive
    - labels.n_negative
    - labels.n_uncertain as n_not_mentioned,
    labels.n_positive / nullif(studies.n_studies - labels.n_unscored, 0) as positive_share
from labels
inner join studies
    on
        labels.dataset = studies.dataset
        and labels.labeler = studies.labeler
