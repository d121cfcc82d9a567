{{ config(materialized='view') }}

-- Labels of every labeler, by study and finding; -9 marks what gold annotators left unscored.
select
    labels.dataset,
    labels.study_id,
    labels.labeler,
    labels.finding,
    labels.value
from {{ ref('stg_nlp__label') }} as labels
inner join {{ ref('int_latest_label_run') }} as runs
    on labels.run_id = runs.run_id
union all
select
    dataset,
    study_id,
    labeler,
    finding,
    value
from {{ ref('stg_annotation__label') }}
union all
select
    dataset,
    study_id,
    labeler,
    finding,
    value
from {{ ref('int_published_label') }}
