with source as (
    select * from {{ source('chexpert_plus', 'chexpert_plus_image') }}
),

renamed as (
    select
        path_to_image as image_id,
        deid_patient_id as patient_id,
        regexp_extract(path_to_image, 'patient[0-9]+/study[0-9]+') as study_id,
        patient_report_date_order as report_order,
        lower(frontal_lateral) as published_view_class,
        ap_pa as view_position,
        case sex when 'Female' then 'F' when 'Male' then 'M' end as sex,
        age as age_years,
        race,
        ethnicity,
        interpreter_needed,
        insurance_type,
        recent_bmi,
        deceased,
        split
    from source
)

select * from renamed
