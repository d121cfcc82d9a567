"""BRAX: 40,967 images of the Hospital Israelita Albert Einstein with the 14 labels of CheXpert.

Columns as the release's page and torchxrayvision's loader name them. That page calls the dates fictitious and does not
say whether they keep the order of a patient's studies. Accession numbers are random; they count within a patient here.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Column

from warehouse.schema.base import DATE, INTEGER, TEXT, Landed, column, key
from warehouse.sources.base import File, Source
from warehouse.sources.chexpert14 import label_columns
from warehouse.sources.reading.tabular import csv_rows


class BraxImage(Landed, table=True):
    """Images of BRAX with the labels that a Portuguese version of the CheXpert labeler gave to their reports."""

    __tablename__ = "brax_image"
    __table_args__ = (
        *label_columns(),
        # after the labels, as in the file
        Column("ViewPosition", TEXT, comment="PA, AP, LL, RL, RLD, LLD, RLO or LLO"),
        Column("Rows", INTEGER, comment="height; pixels"),
        Column("Columns", INTEGER, comment="width; pixels"),
        Column("Manufacturer", TEXT, comment="number that stands for the manufacturer"),
        {"schema": "raw"},
    )
    dicom_path: str = column(TEXT, "DICOM file", name="DicomPath")
    png_path: str = key(TEXT, "PNG file, e.g. images/id_.../Study_.../Series_.../image-....png", name="PngPath")
    patient_id: str = column(TEXT, "patient", name="PatientID")
    patient_sex: str = column(TEXT, "F, M or O other", name="PatientSex")
    patient_age: str = column(TEXT, "age in groups of five years; the last is '85 or more'", name="PatientAge")
    accession_number: str = column(TEXT, "study of the patient", name="AccessionNumber")
    study_date: date = column(DATE, "date of the study; fictitious", name="StudyDate")


SOURCE = Source(
    module=__name__,
    name="brax",
    title="BRAX 1.1.0: 40,967 images of 24,959 studies with labels from Portuguese reports",
    licence="PhysioNet Credentialed Health Data License 1.5.0",
    citation="Reis EP et al. BRAX, Brazilian labeled chest x-ray dataset. Sci Data 2022;9:487",
    url="https://physionet.org/content/brax/1.1.0/",
    get="credentialed access at physionet.org/content/brax",
    files=(
        File(
            "master_spreadsheet_update.csv",
            (BraxImage,),
            csv_rows(BraxImage, optional=("DicomPath", "StudyDate", "Rows", "Columns", "Manufacturer")),
            aliases=("master_spreadsheet.csv",),
        ),
    ),
    default_folder=None,
    images="""
select
    "PatientID" as patient_id,
    concat_ws('/', "PatientID", "AccessionNumber") as study_id,
    "PngPath" as image_id,
    "PngPath" as path,
    "ViewPosition" as view_position
from raw.brax_image
""",
)
