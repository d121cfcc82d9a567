"""The smaller relatives in the shape of raw.report and raw.image.

Where no patient is published, but each image is one patient's only one (JSRT, Montgomery, Shenzhen), the image is study
and patient too. COV-CTR's slices are of unnamed patients. A list without its image files, or the reverse, still gives
the images. Of several reports of one study the first in the file counts.
"""

REPORT = r"""
select 'montgomery' as dataset, image_id as patient_id, image_id as study_id, coalesce(reading, '') as text,
    'en' as language
from raw.montgomery_reading
union all
select 'shenzhen', image_id, image_id, coalesce(reading, ''), 'en'
from raw.shenzhen_reading
union all
select
    'iu_xray',
    uid::varchar,
    uid::varchar,
    concat_ws(
        e'\n\n',
        'COMPARISON: ' || comparison,
        'INDICATION: ' || indication,
        'FINDINGS: ' || findings,
        'IMPRESSION: ' || impression
    ),
    'en'
from raw.iu_xray_report
union all
select
    'cov_ctr',
    null,
    image_id,
    arg_min(concat_ws(e'\n\n', 'FINDINGS: ' || findings, 'IMPRESSION: ' || impression), source_row),
    'zh'
from raw.cov_ctr_report
group by image_id
union all
select
    'chexpert_plus',
    min(deid_patient_id),
    regexp_extract(path_to_image, 'patient\d+/study\d+'),
    arg_min(coalesce(report, ''), path_to_image),
    'en'
from raw.chexpert_plus_image
group by regexp_extract(path_to_image, 'patient\d+/study\d+')
"""

IMAGE = r"""
select
    'jsrt' as dataset,
    image_id as patient_id,
    image_id as study_id,
    image_id,
    coalesce(image.path, 'All247images/' || image_id || '.IMG') as path,
    'PA' as view_position
from raw.jsrt_image as image
full outer join raw.jsrt_case using (image_id)
union all
select 'montgomery', image_id, image_id, image_id, coalesce(image.path, 'CXR_png/' || image_id || '.png'), 'PA'
from raw.montgomery_image as image
full outer join raw.montgomery_reading using (image_id)
union all
select 'shenzhen', image_id, image_id, image_id, coalesce(image.path, 'CXR_png/' || image_id || '.png'), 'PA'
from raw.shenzhen_image as image
full outer join raw.shenzhen_reading using (image_id)
union all
select
    'iu_xray',
    coalesce(listed.uid::varchar, image.uid),
    coalesce(listed.uid::varchar, image.uid),
    coalesce(listed.filename, image.image_id),
    coalesce(image.path, 'images/images_normalized/' || listed.filename),
    listed.projection
from raw.iu_xray_projection as listed
full outer join raw.iu_xray_image as image
    on listed.filename = image.image_id
union all
select 'cov_ctr', null, image_id, image_id, coalesce(image.path, image_id), null
from raw.cov_ctr_image as image
full outer join (select distinct image_id from raw.cov_ctr_report) using (image_id)
union all
select
    'brax', "PatientID", concat_ws('/', "PatientID", "AccessionNumber"), "PngPath", "PngPath", "ViewPosition"
from raw.brax_image
union all
select
    'chexpert_plus', deid_patient_id, regexp_extract(path_to_image, 'patient\d+/study\d+'), path_to_image,
    path_to_image, coalesce(ap_pa, frontal_lateral)
from raw.chexpert_plus_image
"""
