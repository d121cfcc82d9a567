{{ config(materialized='view') }}

-- Labels as targets, under every policy: of each study that a labeler read every finding that it gives in the data set.
select
    policies.policy,
    studies.dataset,
    studies.labeler,
    studies.study_id,
    dim_study.patient_id,
    dim_study.split,
    findings.finding,
    {{ target_of('labels.value') }} as target
from {{ ref('int_labeled_study') }} as studies
inner join {{ ref('int_labeler_finding') }} as findings
    on
        studies.dataset = findings.dataset
        and studies.labeler = findings.labeler
cross join {{ ref('label_policy') }} as policies
left join {{ ref('int_study_label') }} as labels
    on
        studies.dataset = labels.dataset
        and studies.study_id = labels.study_id
        and studies.labeler = labels.labeler
        and findings.finding = labels.finding
left join {{ ref('dim_study') }} as dim_study
    on
        studies.dataset = dim_study.dataset
        and studies.study_id = dim_study.study_id
