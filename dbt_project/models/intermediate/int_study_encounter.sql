-- Each study of MIMIC-CXR with what MIMIC-IV says of its patient at its time; without MIMIC-IV there are no rows.
with studies as (
    select
        study_id,
        patient_id,
        studied_at
    from {{ ref('int_study') }}
    where dataset = 'mimic_cxr'
),

patients as (
    select * from {{ ref('stg_mimic_iv__patient') }}
),

admissions as (
    select * from {{ ref('stg_mimic_iv__admission') }}
),

ed_stays as (
    select * from {{ ref('stg_mimic_iv__ed_stay') }}
),

known as (
    select patient_id from patients
    union
    select patient_id from admissions
    union
    select patient_id from ed_stays
),

links as (
    select count(*) > 0 as is_loaded from known
),

-- Of several stays that contain the time, both ends included, the one that began last counts, then the smaller id.
admission as (
    select
        studies.study_id,
        admissions.hadm_id
    from studies
    inner join admissions
        on
            studies.patient_id = admissions.patient_id
            and studies.studied_at between admissions.admitted_at and admissions.discharged_at
    qualify
        row_number() over (
            partition by studies.study_id
            order by admissions.admitted_at desc, admissions.hadm_id asc
        ) = 1
),

ed_stay as (
    select
        studies.study_id,
        ed_stays.stay_id
    from studies
    inner join ed_stays
        on
            studies.patient_id = ed_stays.patient_id
            and studies.studied_at between ed_stays.arrived_at and ed_stays.left_at
    qualify
        row_number() over (
            partition by studies.study_id
            order by ed_stays.arrived_at desc, ed_stays.stay_id asc
        ) = 1
),

-- Race is registered anew at every stay; of two that began at once the hospital's counts.
registrations as (
    select
        patient_id,
        started_at,
        min_by(race, place) as race
    from (
        select
            patient_id,
            admitted_at as started_at,
            race,
            '0' || hadm_id as place
        from admissions
        union all
        select
            patient_id,
            arrived_at as started_at,
            race,
            '1' || stay_id as place
        from ed_stays
    ) as stays
    where race is not null and started_at is not null
    group by patient_id, started_at
),

races as (
    select
        studies.study_id,
        registrations.race
    from studies
    asof inner join registrations
        on
            studies.patient_id = registrations.patient_id
            and studies.studied_at >= registrations.started_at
)

select
    'mimic_cxr' as dataset,
    studies.study_id,
    studies.patient_id,
    studies.studied_at,
    admission.hadm_id,
    ed_stay.stay_id,
    case
        when known.patient_id is null then 'no_patient'
        when studies.studied_at is null then 'no_time'
        when admission.hadm_id is not null and ed_stay.stay_id is not null then 'admission_and_ed_stay'
        when admission.hadm_id is not null then 'admission'
        when ed_stay.stay_id is not null then 'ed_stay'
        else 'no_encounter'
    end as link,
    cast(patients.anchor_age + year(studies.studied_at) - patients.anchor_year as double) as age_years,
    patients.sex,
    races.race
from studies
cross join links
left join known
    on studies.patient_id = known.patient_id
left join patients
    on studies.patient_id = patients.patient_id
left join admission
    on studies.study_id = admission.study_id
left join ed_stay
    on studies.study_id = ed_stay.study_id
left join races
    on studies.study_id = races.study_id
where links.is_loaded
