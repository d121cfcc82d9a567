{{ config(severity='warn') }}

-- Every word of a finding of the COVID-19 collection is in the crosswalk. The collection grows: a new one is warned of.
select distinct published.label
from {{ ref('int_release_label') }} as published
left join {{ ref('label_crosswalk') }} as known
    on
        published.scheme = known.scheme
        and published.label = known.label
where
    published.scheme = 'covid_chestxray'
    and known.label is null
