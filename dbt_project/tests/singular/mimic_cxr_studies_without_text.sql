{{ config(severity='warn') }}
-- Eight studies of MIMIC-CXR have a report without text: neither labeler has a row for them.
select labels.study_id
from {{ ref('stg_mimic_cxr_jpg__labeled_study') }} as labels
where labels.study_id in (
    '58235663', '50798377', '54168089', '53071062', '56724958', '54231141', '53607029', '52035334'
)
