{%- set answers = {'both positive': 1, 'both negative': 0, 'both uncertain': -1} -%}
-- What MIMIC-CXR's publications count, by group-bys that name their subject as the seed published_count does.
with images as (
    select * from {{ ref('int_image') }}
    where dataset = 'mimic_cxr'
),

studies as (
    select * from {{ ref('int_study') }}
    where dataset = 'mimic_cxr'
),

records as (
    select * from {{ ref('stg_mimic_cxr__record') }}
),

study_list as (
    select * from {{ ref('stg_mimic_cxr__study') }}
),

providers as (
    select * from {{ ref('stg_mimic_cxr__provider') }}
),

metadata as (
    select * from {{ ref('stg_mimic_cxr_jpg__metadata') }}
),

splits as (
    select * from {{ ref('stg_mimic_cxr_jpg__split') }}
),

chexpert as (
    select * from {{ ref('int_study_label_wide') }}
    where dataset = 'mimic_cxr' and labeler = 'mimic_chexpert'
),

negbio as (
    select * from {{ ref('int_study_label_wide') }}
    where dataset = 'mimic_cxr' and labeler = 'mimic_negbio'
),

-- A study has a finding when NegBio says 1 or -1 of any label but No Finding: assumed, the paper does not define it.
with_finding as (
    select
        studies.split,
        count(*) as n_studies,
        count(distinct studies.patient_id) as n_patients
    from negbio
    inner join studies
        on negbio.study_id = studies.study_id
    where greatest({{ finding_columns('abs(negbio."', '")') }}) = 1
    group by studies.split
),

agreement as (
    select
        count(*) as "studies of train in both label files",
        {%- for label in chexpert14() %}
        {%- for answer, value in answers.items() %}
        count(*) filter (where chexpert."{{ label }}" = {{ value }} and negbio."{{ label }}" = {{ value }})
            as "{{ label }}: {{ answer }}",
        {%- endfor %}
        count(*) filter (where chexpert."{{ label }}" is distinct from negbio."{{ label }}")
            as "{{ label }}: labelers disagree"
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from chexpert
    inner join negbio
        on chexpert.study_id = negbio.study_id
    inner join studies
        on chexpert.study_id = studies.study_id
    where studies.split = 'train'
),

study_sizes as (
    select count(*) as n_images
    from records
    group by study_id
),

counts as (
    select
        'images' as subject,
        count(*) as n
    from records
    union all
    select
        'studies' as subject,
        count(*) as n
    from study_list
    union all
    select
        'patients' as subject,
        count(distinct patient_id) as n
    from study_list
    union all
    select
        'reports' as subject,
        count(*) as n
    from {{ ref('stg_mimic_cxr__report') }}
    union all
    select
        'images in the metadata' as subject,
        count(*) as n
    from metadata
    union all
    select
        'images in the split' as subject,
        count(*) as n
    from splits
    union all
    select
        'studies with providers' as subject,
        count(*) as n
    from providers
    union all
    select
        concat('images of ', split) as subject,
        count(*) as n
    from splits
    group by split
    union all
    select
        concat('studies of ', split) as subject,
        count(distinct study_id) as n
    from splits
    group by split
    union all
    select
        concat('patients of ', split) as subject,
        count(distinct patient_id) as n
    from splits
    group by split
    union all
    select
        concat(if(view_class = 'unknown', 'other', view_class), ' images of ', split) as subject,
        count(*) as n
    from images
    group by all
    union all
    select
        concat('studies with a finding of ', split) as subject,
        n_studies as n
    from with_finding
    union all
    select
        concat('patients with a finding of ', split) as subject,
        n_patients as n
    from with_finding
    union all
    select
        coalesce('images of view ' || view_position, 'images without a view') as subject,
        count(*) as n
    from metadata
    group by view_position
    union all
    select
        'AP images of CHEST (PA AND LAT)' as subject,
        count(*) as n
    from metadata
    where view_position = 'AP' and procedure_description = 'CHEST (PA AND LAT)'
    union all
    select
        coalesce('images of orientation ' || patient_orientation, 'images without an orientation') as subject,
        count(*) as n
    from metadata
    group by patient_orientation
    union all
    select
        concat('studies of ', n_images, if(n_images = 1, ' image', ' images')) as subject,
        count(*) as n
    from study_sizes
    group by n_images
    union all
    select
        concat('studies of folder p', left(patient_id, 2)) as subject,
        count(*) as n
    from study_list
    group by left(patient_id, 2)
    union all
    select
        concat(role, ' providers') as subject,
        count(distinct provider_id) as n
    from (
        unpivot providers
        on ordering_provider_id as ordering, attending_provider_id as attending, resident_provider_id as resident
        into name role value provider_id
    )
    group by role
    union all
    select
        concat('texts from ', official_label_section) as subject,
        count(*) as n
    from {{ ref('int_label_section') }}
    where
        dataset = 'mimic_cxr'
        and official_label_section is not null
        and study_id not in (select exceptions.study_id from {{ ref('section_exception') }} as exceptions)
    group by official_label_section
    union all
    select
        concat('studies labeled by ', labelers.name) as subject,
        count(*) as n
    from {{ ref('stg_mimic_cxr_jpg__labeled_study') }} as files
    inner join (
        values ('mimic_chexpert', 'CheXpert'), ('mimic_negbio', 'NegBio'), ('mimic_radiologist', 'a radiologist')
    ) as labelers (labeler, name)
        on files.labeler = labelers.labeler
    group by labelers.name
    union all
    select
        'studies without a label by CheXpert' as subject,
        count(*) as n
    from chexpert
    where greatest({{ finding_columns('"', '"') }}, "No Finding") is null
    union all
    select
        subject,
        n
    from (unpivot agreement on columns(*) into name subject value n)
)

select
    subject,
    n
from counts
