-- Frontal with lateral images of a study, every combination; the best is the one to take where a study gives one pair.
with images as (
    select
        dataset,
        study_id,
        patient_id,
        split,
        image_id,
        view_position,
        view_class
    from {{ ref('int_image') }}
    where view_class in ('frontal', 'lateral')
),

pairs as (
    select
        fronts.dataset,
        fronts.study_id,
        fronts.image_id as frontal_image_id,
        sides.image_id as lateral_image_id,
        fronts.patient_id,
        fronts.split,
        fronts.view_position as frontal_view_position,
        sides.view_position as lateral_view_position
    from images as fronts
    inner join images as sides
        on
            fronts.dataset = sides.dataset
            and fronts.study_id = sides.study_id
    where fronts.view_class = 'frontal' and sides.view_class = 'lateral'
)

select
    dataset,
    study_id,
    frontal_image_id,
    lateral_image_id,
    patient_id,
    split,
    frontal_view_position,
    lateral_view_position,
    row_number() over (
        partition by dataset, study_id
        order by
            coalesce(frontal_view_position in ('PA', 'POSTERO-ANTERIOR', 'POSTEROANTERIOR'), false) desc,
            frontal_image_id asc,
            lateral_image_id asc
    ) = 1 as is_best
from pairs
