-- Our labeler never says No Finding beside a present finding that contradicts it. (An uncertain one may stand: "stable
-- mediastinal contours" is uncertain about enlargement, and no abnormality.)
select
    normal.dataset,
    normal.study_id,
    labels.finding
from {{ ref('fct_study_label') }} as normal
inner join {{ ref('fct_study_label') }} as labels
    on
        normal.dataset = labels.dataset
        and normal.study_id = labels.study_id
        and normal.labeler = labels.labeler
inner join {{ ref('dim_finding') }} as findings
    on labels.finding = findings.finding
where
    normal.labeler = 'cxr'
    and normal.finding = 'no_finding'
    and normal.value = 1
    and labels.value = 1
    and findings.blocks_no_finding
