-- At most one section stands for a report.
select
    rules,
    dataset,
    study_id
from {{ ref('report_section') }}
where is_label_text
group by rules, dataset, study_id
having count(*) > 1
