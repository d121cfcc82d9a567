-- Findings that a labeler gives in a data set: without one of these a study counts as not mentioning it.
select distinct
    dataset,
    labeler,
    finding
from {{ ref('int_study_label') }}
