{#- Has rows once the source named (as on the command line) is loaded. -#}
{% test not_empty_when_loaded(model, loaded) %}

select runs.source
from {{ ref('stg_warehouse__load_run') }} as runs
where
    runs.source = '{{ loaded }}'
    and runs.n_rows > 0
    and not exists (select 1 from {{ model }})

{% endtest %}
