"""CheXpert Plus: the images of CheXpert with their reports, demographics and three sets of labels.

The images are those of the source ``chexpert``, under the same names for patients and studies. Columns as users of
df_chexpert_plus_240401.csv list them; all but the image's own may be missing. Label files are one JSON object a line.
``patient_report_date_order`` is kept, but studies are not ordered by it: users who compared it with dates in the
reports found it unrelated.
"""

from __future__ import annotations

from warehouse.schema.base import DOUBLE, INTEGER, TEXT, Landed, column, key
from warehouse.sources.base import File, Source
from warehouse.sources.chexpert14 import label_columns
from warehouse.sources.reading.tabular import csv_rows, json_rows, published_columns


class ChexpertPlusImage(Landed, table=True):
    """Images of CheXpert Plus with their report, its sections and the patient's demographics."""

    __tablename__ = "chexpert_plus_image"
    path_to_image: str = key(TEXT, "image, e.g. train/patient1/study1/view1_frontal.jpg")
    path_to_dcm: str = column(TEXT, "DICOM file")
    frontal_lateral: str = column(TEXT, "Frontal or Lateral")
    ap_pa: str = column(TEXT, "AP, PA, LL or RL; empty for lateral images")
    deid_patient_id: str = column(TEXT, "patient, e.g. patient1")
    patient_report_date_order: int = column(INTEGER, "place of the report among the patient's, from 1")
    report: str = column(TEXT, "whole report")
    section_narrative: str = column(TEXT, "NARRATIVE section")
    section_clinical_history: str = column(TEXT, "CLINICAL HISTORY section")
    section_history: str = column(TEXT, "HISTORY section")
    section_comparison: str = column(TEXT, "COMPARISON section")
    section_technique: str = column(TEXT, "TECHNIQUE section")
    section_procedure_comments: str = column(TEXT, "PROCEDURE COMMENTS section")
    section_findings: str = column(TEXT, "FINDINGS section")
    section_impression: str = column(TEXT, "IMPRESSION section")
    section_end_of_impression: str = column(TEXT, "END OF IMPRESSION section")
    section_summary: str = column(TEXT, "SUMMARY section")
    section_accession_number: str = column(TEXT, "ACCESSION NUMBER section")
    age: float = column(DOUBLE, "age; years")
    sex: str = column(TEXT, "Male, Female or Unknown")
    race: str = column(TEXT, "race, as published")
    ethnicity: str = column(TEXT, "ethnicity, as published")
    interpreter_needed: str = column(TEXT, "whether an interpreter was needed, as published")
    insurance_type: str = column(TEXT, "insurance, as published")
    recent_bmi: float = column(DOUBLE, "body mass index; kg/m2")
    deceased: str = column(TEXT, "whether the patient has died, as published")
    split: str = column(TEXT, "train or valid")


class ChexpertPlusLabel(Landed, table=True):
    """Labels of CheXpert Plus by image; the file says whether of the report, its findings or its impression."""

    __tablename__ = "chexpert_plus_label"
    __table_args__ = (*label_columns(), {"schema": "raw"})
    source_file: str = key(TEXT, "file that the row came from, e.g. impression_fixed.json")
    path_to_image: str = key(TEXT, "image, e.g. train/patient1/study1/view1_frontal.jpg")


_REQUIRED = ("path_to_image", "deid_patient_id", "frontal_lateral", "report")


def _labels(name: str) -> File:
    return File(
        name,
        (ChexpertPlusLabel,),
        json_rows(ChexpertPlusLabel),
        aliases=(f"chexbert_labels/{name}", f"labels/{name}"),
        is_required=False,
    )


SOURCE = Source(
    module=__name__,
    name="chexpert-plus",
    title="CheXpert Plus: 223,462 images of 187,711 reports, demographics and labels",
    licence="Stanford University Dataset Research Use Agreement",
    citation="Chambon P et al. CheXpert Plus: augmenting a large chest X-ray dataset with text radiology reports,"
    " patient demographics and additional image formats. arXiv 2405.19538",
    url="https://aimi.stanford.edu/datasets/chexpert-plus",
    get="df_chexpert_plus_240401.csv and chexbert_labels.zip (unpacked) from aimi.stanford.edu/datasets/chexpert-plus",
    files=(
        File(
            "df_chexpert_plus_240401.csv",
            (ChexpertPlusImage,),
            csv_rows(
                ChexpertPlusImage,
                optional=[name for name in published_columns(ChexpertPlusImage) if name not in _REQUIRED],
            ),
        ),
        _labels("report_fixed.json"),
        _labels("findings_fixed.json"),
        _labels("impression_fixed.json"),
    ),
    default_folder=None,
    reports=r"""
select
    min(deid_patient_id) as patient_id,
    regexp_extract(path_to_image, 'patient\d+/study\d+') as study_id,
    arg_min(coalesce(report, ''), path_to_image) as text,
    'en' as language
from raw.chexpert_plus_image
group by all
""",
    images=r"""
select
    deid_patient_id as patient_id,
    regexp_extract(path_to_image, 'patient\d+/study\d+') as study_id,
    path_to_image as image_id,
    path_to_image as path,
    coalesce(ap_pa, frontal_lateral) as view_position
from raw.chexpert_plus_image
""",
)
