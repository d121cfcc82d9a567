with source as (
    select * from {{ source('chexpert_plus', 'chexpert_plus_label') }}
),

renamed as (
    select
        path_to_image as image_id,
        regexp_extract(path_to_image, 'patient[0-9]+/study[0-9]+') as study_id,
        'chexpert_plus_' || split_part(source_file, '_', 1) as labeler,
        label,
        value
    from source
    {{ unpivot_chexpert14() }}
)

select * from renamed
