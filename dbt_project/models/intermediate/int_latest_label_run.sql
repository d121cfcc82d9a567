-- The run whose labels count: of each labeler the complete one that ended last.
select
    labeler,
    run_id,
    lexicon_sha,
    finished_at,
    n_reports
from {{ ref('stg_nlp__label_run') }}
where is_complete
qualify row_number() over (partition by labeler order by finished_at desc, run_id asc) = 1
