-- The section of each report that its labels come from, by the corrected rules and by MIMIC-CXR's own.
select
    dataset,
    study_id,
    {{ label_section('corrected') }} as label_section,
    {{ label_section('official') }} as official_label_section
from {{ ref('stg_nlp__section') }}
group by dataset, study_id
