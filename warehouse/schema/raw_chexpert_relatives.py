"""Landing tables of BRAX and CheXpert Plus, with the 14 labels of CheXpert."""

from datetime import date

from warehouse.schema.base import (
    DATE,
    DOUBLE,
    INTEGER,
    SMALLINT,
    TEXT,
    Table,
    column,
    key,
    required,
    run_column,
)


class BraxImage(Table, table=True):
    """Images of BRAX with the labels that a Portuguese version of the CheXpert labeler gave to their reports."""

    __tablename__ = "brax_image"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "file that the row came from")
    dicom_path: str = column(TEXT, "DICOM file", name="DicomPath")
    png_path: str = key(TEXT, "PNG file, e.g. images/id_.../Study_.../Series_.../image-....png", name="PngPath")
    patient_id: str = column(TEXT, "patient", name="PatientID")
    patient_sex: str = column(TEXT, "F, M or O other", name="PatientSex")
    patient_age: str = column(TEXT, "age in groups of five years; the last is '85 or more'", name="PatientAge")
    accession_number: str = column(TEXT, "study of the patient", name="AccessionNumber")
    study_date: date = column(DATE, "date of the study; fictitious", name="StudyDate")
    no_finding: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="No Finding")
    enlarged_cardiomediastinum: int = column(
        SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Enlarged Cardiomediastinum"
    )
    cardiomegaly: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Cardiomegaly")
    lung_lesion: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Lung Lesion")
    lung_opacity: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Lung Opacity")
    edema: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Edema")
    consolidation: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Consolidation")
    pneumonia: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Pneumonia")
    atelectasis: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Atelectasis")
    pneumothorax: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Pneumothorax")
    pleural_effusion: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Pleural Effusion")
    pleural_other: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Pleural Other")
    fracture: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Fracture")
    support_devices: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Support Devices")
    view_position: str = column(TEXT, "PA, AP, LL, RL, RLD, LLD, RLO or LLO", name="ViewPosition")
    n_rows: int = column(INTEGER, "height; pixels", name="Rows")
    n_columns: int = column(INTEGER, "width; pixels", name="Columns")
    manufacturer: str = column(TEXT, "number that stands for the manufacturer", name="Manufacturer")


class ChexpertPlusImage(Table, table=True):
    """Images of CheXpert Plus with their report, its sections and the patient's demographics."""

    __tablename__ = "chexpert_plus_image"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "file that the row came from")
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


class ChexpertPlusLabel(Table, table=True):
    """Labels of CheXpert Plus by image; the file says whether of the report, its findings or its impression."""

    __tablename__ = "chexpert_plus_label"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = key(TEXT, "file that the row came from, e.g. impression_fixed.json")
    path_to_image: str = key(TEXT, "image, e.g. train/patient1/study1/view1_frontal.jpg")
    no_finding: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="No Finding")
    enlarged_cardiomediastinum: int = column(
        SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Enlarged Cardiomediastinum"
    )
    cardiomegaly: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Cardiomegaly")
    lung_lesion: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Lung Lesion")
    lung_opacity: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Lung Opacity")
    edema: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Edema")
    consolidation: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Consolidation")
    pneumonia: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Pneumonia")
    atelectasis: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Atelectasis")
    pneumothorax: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Pneumothorax")
    pleural_effusion: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Pleural Effusion")
    pleural_other: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Pleural Other")
    fracture: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Fracture")
    support_devices: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Support Devices")
