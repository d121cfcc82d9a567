{{ config(severity='warn') }}
-- MIMIC-CXR's patients are those of MIMIC-IV: where none is found, it is another MIMIC (ids of MIMIC-III never match).
select count(*) as n_studies
from {{ ref('study_encounter') }}
having count(*) > 0 and count(*) = count(*) filter (where link = 'no_patient')
