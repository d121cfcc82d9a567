-- The few procedures that MIMIC-CXR's images have, each read once by the rules of the seed procedure_rule.
with procedures as (
    select distinct
        procedure_description,
        procedure_code
    from {{ ref('stg_mimic_cxr_jpg__metadata') }}
    where procedure_description is not null or procedure_code is not null
)

select
    procedures.procedure_description,
    procedures.procedure_code,
    min_by(rules.is_portable, rules.ordinal) as is_portable
from procedures
left join {{ ref('procedure_rule') }} as rules
    on
        regexp_matches(
            upper(concat_ws(' | ', procedures.procedure_description, procedures.procedure_code)), rules.pattern
        )
group by procedures.procedure_description, procedures.procedure_code
