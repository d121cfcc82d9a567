"""Views that give every data set's reports and images one shape; ids are text here.

Open-I names every report's patient and study by one number, so a patient has one study there. PadChest's report is the
same for all images of a study, so it appears once a study. Challenges that publish single images make each image its
own study. Images known by their DICOM headers alone are MIMIC-CXR's where their path is, else the data set ``dicom``.
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

# The columns of mimic-cxr-2.0.0-metadata, each code from its own sequence: the published file was made by position, so
# that the orientation stands in the view's column where a header has no view code.
_MIMIC_DICOM_METADATA = r"""
select
    dicom_id,
    subject_id,
    study_id,
    "PerformedProcedureStepDescription",
    "ViewPosition",
    "Rows",
    "Columns",
    "StudyDate",
    try_cast("StudyTime" as double) as "StudyTime",
    studied_at,
    "ProcedureCodeSequence_CodeMeaning",
    "ViewCodeSequence_CodeMeaning",
    "PatientOrientationCodeSequence_CodeMeaning"
from raw.dicom_header
where dicom_id is not null
qualify row_number() over (partition by dicom_id order by path) = 1
"""

_MIMIC_IMAGE = r"""
select
    'mimic_cxr' as dataset,
    subject_id::varchar as patient_id,
    study_id::varchar as study_id,
    dicom_id as image_id,
    coalesce(
        record.path,
        concat(
            'files/p', left(subject_id::varchar, 2), '/p', subject_id, '/s', study_id, '/', dicom_id, metadata.suffix
        )
    ) as path,
    metadata."ViewPosition" as view_position
from raw.mimic_cxr_record as record
full outer join (
    select dicom_id, subject_id, study_id, "ViewPosition", '.jpg' as suffix from raw.mimic_cxr_jpg_metadata
    union all
    select dicom_id, subject_id, study_id, "ViewPosition", '.dcm' from raw.mimic_cxr_dicom_metadata
    where dicom_id not in (select dicom_id from raw.mimic_cxr_jpg_metadata)
) as metadata using (dicom_id, subject_id, study_id)
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
union all
select
    'dicom', "PatientID", coalesce("StudyInstanceUID", path), path, path, "ViewPosition"
from raw.dicom_header
where dicom_id is null and "Rows" is not null
"""

VIEWS: dict[str, str] = {
    "raw.mimic_cxr_dicom_metadata": _MIMIC_DICOM_METADATA,
    "raw.report": _REPORT,
    "raw.image": _IMAGE,
}
