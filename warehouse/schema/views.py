"""Views that give every data set's reports and images one shape; ids are text here.

Open-I names every report's patient and study by one number, so a patient has one study there. PadChest's report is the
same for all images of a study, so it appears once a study. Challenges that publish single images make each image its
own study.
"""

from warehouse.schema import views_relatives

_REPORT = rf"""
select
    'openi' as dataset,
    pmc_id as patient_id,
    uid as study_id,
    concat_ws(
        e'\n\n',
        'COMPARISON: ' || comparison,
        'INDICATION: ' || indication,
        'FINDINGS: ' || findings,
        'IMPRESSION: ' || impression
    ) as text,
    'en' as language
from raw.openi_report
union all
select 'padchest', min("PatientID"), "StudyID", coalesce(min("Report"), ''), 'es'
from raw.padchest_image
group by "StudyID"
union all
select 'mimic_cxr', subject_id::varchar, study_id::varchar, text, 'en'
from raw.mimic_cxr_report
union all
{views_relatives.REPORT}
"""

# The reports of Open-I call the images of CXR1 "CXR1_1_IM-...", its DICOM headers "CXR1_IM-...".
_OPENI_IMAGE = r"""
select
    'openi' as dataset,
    regexp_extract(coalesce(image.image_id, dicom.imageid), '^CXR(\d+)_', 1) as patient_id,
    coalesce(image.uid, regexp_extract(dicom.imageid, '^CXR\d+')) as study_id,
    coalesce(image.image_id, dicom.imageid) as image_id,
    coalesce(image.image_id, dicom.imageid) || '.png' as path,
    dicom."View Position" as view_position
from raw.openi_image as image
full outer join raw.openi_dicom as dicom
    on regexp_replace(image.image_id, '^(CXR\d+)_\d+_IM', '\1_IM') = dicom.imageid
"""

_MIMIC_IMAGE = r"""
select
    'mimic_cxr' as dataset,
    subject_id::varchar as patient_id,
    study_id::varchar as study_id,
    dicom_id as image_id,
    coalesce(
        record.path,
        concat('files/p', left(subject_id::varchar, 2), '/p', subject_id, '/s', study_id, '/', dicom_id, '.jpg')
    ) as path,
    metadata."ViewPosition" as view_position
from raw.mimic_cxr_record as record
full outer join raw.mimic_cxr_jpg_metadata as metadata using (dicom_id, subject_id, study_id)
"""

_IMAGE = rf"""
{_OPENI_IMAGE}
union all
select
    'chestxray14', "Patient ID"::varchar, "Patient ID" || '_' || "Follow-up #", "Image Index", "Image Index",
    "View Position"
from raw.chestxray14_image
union all
select
    'chexpert', regexp_extract("Path", 'patient\d+'), regexp_extract("Path", 'patient\d+/study\d+'), "Path", "Path",
    coalesce("AP/PA", "Frontal/Lateral")
from raw.chexpert_image
union all
select
    'padchest', "PatientID", "StudyID", "ImageID", "ImageDir" || '/' || "ImageID", "Projection"
from raw.padchest_image
union all
select 'rsna_pneumonia', "PatientID", "PatientID", "PatientID", "Filename", "ViewPosition"
from raw.rsna_pneumonia_image
union all
select distinct 'siim_pneumothorax', null, "ImageId", "ImageId", "ImageId" || '.dcm', null
from raw.siim_pneumothorax_mask
union all
select distinct 'vinbigdata', null, image_id, image_id, image_id || '.dicom', null
from raw.vinbigdata_box
union all
{_MIMIC_IMAGE}
union all
{views_relatives.IMAGE}
"""

VIEWS: dict[str, str] = {"raw.report": _REPORT, "raw.image": _IMAGE}
