{{ config(materialized='view') }}

select
    dataset,
    study_id,
    rules,
    ordinal,
    section,
    start_offset,
    end_offset,
    text,
    is_label_source
from {{ ref('stg_nlp__section') }}
