{{ config(materialized='view') }}

select
    rules,
    dataset,
    study_id,
    ordinal,
    section,
    heading,
    start_offset,
    end_offset,
    text,
    is_label_source,
    is_label_text
from {{ ref('stg_nlp__section') }}
