-- Every image of every data set; the ids are those of raw.image, the rest is what the release says of the image.
with images as (
    select * from {{ ref('stg_warehouse__image') }}
),

attributes as (
    select * from {{ ref('int_image_attribute') }}
),

examinations as (
    select
        'mimic_cxr' as dataset,
        metadata.image_id,
        metadata.procedure_description,
        metadata.procedure_code,
        procedures.is_portable,
        metadata.patient_orientation
    from {{ ref('stg_mimic_cxr_jpg__metadata') }} as metadata
    left join {{ ref('int_procedure') }} as procedures
        on
            metadata.procedure_description is not distinct from procedures.procedure_description
            and metadata.procedure_code is not distinct from procedures.procedure_code
),

joined as (
    select
        images.dataset,
        images.patient_id,
        images.study_id,
        images.image_id,
        images.path,
        attributes.sex,
        attributes.age_years,
        attributes.studied_at,
        attributes.visit_number,
        attributes.split,
        attributes.n_rows,
        attributes.n_columns,
        attributes.published_view_class,
        examinations.procedure_description,
        examinations.procedure_code,
        examinations.is_portable,
        examinations.patient_orientation,
        upper(coalesce(images.view_position, attributes.view_position)) as view_position
    from images
    left join attributes
        on
            images.dataset = attributes.dataset
            and images.image_id = attributes.image_id
    left join examinations
        on
            images.dataset = examinations.dataset
            and images.image_id = examinations.image_id
)

select
    joined.dataset,
    joined.patient_id,
    joined.study_id,
    joined.image_id,
    joined.path,
    joined.sex,
    joined.age_years,
    joined.studied_at,
    joined.visit_number,
    joined.split,
    joined.n_rows,
    joined.n_columns,
    joined.procedure_description,
    joined.procedure_code,
    joined.is_portable,
    joined.patient_orientation,
    joined.view_position,
    -- CheXpert calls 17 images frontal whose position says lateral: a release's own word counts first
    case
        when joined.published_view_class is not null then joined.published_view_class
        when joined.view_position is null then 'unknown'
        else coalesce(positions.view_class, 'other')
    end as view_class
from joined
left join {{ ref('view_position') }} as positions
    on joined.view_position = positions.view_position
