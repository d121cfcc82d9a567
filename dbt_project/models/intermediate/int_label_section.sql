-- The section that stands for each report, by the corrected rules and by MIMIC-CXR's own.
select
    dataset,
    study_id,
    max(section) filter (where rules = 'corrected') as label_section,
    max(section) filter (where rules = 'official') as official_label_section
from {{ ref('stg_nlp__section') }}
where is_label_text
group by dataset, study_id
