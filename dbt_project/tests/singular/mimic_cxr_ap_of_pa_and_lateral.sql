{{ config(severity='warn') }}
-- In the full release 22,043 images are AP although the procedure is CHEST (PA AND LAT).
select count(*) filter (where view_position = 'AP' and procedure_description = 'CHEST (PA AND LAT)') as n_images
from {{ ref('stg_mimic_cxr_jpg__metadata') }}
having count(*) = 377110 and n_images <> 22043
