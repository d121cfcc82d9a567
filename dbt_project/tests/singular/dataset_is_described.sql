-- Every data set with studies is in the seed dataset.
select distinct studies.dataset
from {{ ref('dim_study') }} as studies
where studies.dataset not in (select described.dataset from {{ ref('dim_dataset') }} as described)
