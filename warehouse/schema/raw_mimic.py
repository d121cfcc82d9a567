"""Landing tables of MIMIC-CXR and MIMIC-CXR-JPG."""

from datetime import date, datetime

from warehouse.schema.base import (
    BIGINT,
    DATE,
    DOUBLE,
    INTEGER,
    SMALLINT,
    TEXT,
    TIMESTAMP,
    Table,
    column,
    key,
    required,
    run_column,
)


class MimicCxrRecord(Table, table=True):
    """Images of MIMIC-CXR (cxr-record-list)."""

    __tablename__ = "mimic_cxr_record"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "file that the row came from")
    dicom_id: str = key(TEXT, "image")
    subject_id: int = column(BIGINT, "patient")
    study_id: int = column(BIGINT, "study")
    path: str = column(TEXT, "DICOM file within the release")


class MimicCxrStudy(Table, table=True):
    """Studies of MIMIC-CXR (cxr-study-list)."""

    __tablename__ = "mimic_cxr_study"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "file that the row came from")
    subject_id: int = column(BIGINT, "patient")
    study_id: int = key(BIGINT, "study")
    path: str = column(TEXT, "report file within the release")


class MimicCxrProvider(Table, table=True):
    """Who ordered and read the studies (cxr-provider-list, from release 2.1.0)."""

    __tablename__ = "mimic_cxr_provider"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "file that the row came from")
    subject_id: int = column(BIGINT, "patient")
    study_id: int = key(BIGINT, "study")
    ordering_provider_id: str = column(TEXT, "provider who ordered the study")
    attending_provider_id: str = column(TEXT, "attending radiologist")
    resident_provider_id: str = column(TEXT, "resident radiologist")


class MimicCxrReport(Table, table=True):
    """Free-text reports of MIMIC-CXR (mimic-cxr-reports.zip, or the text files under files/)."""

    __tablename__ = "mimic_cxr_report"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "file that the row came from")
    subject_id: int = column(BIGINT, "patient")
    study_id: int = key(BIGINT, "study")
    path: str = column(TEXT, "report file within the release")
    text: str = column(TEXT, "the report, as published")


class MimicCxrJpgMetadata(Table, table=True):
    """Selected DICOM header values of the images (mimic-cxr-2.0.0-metadata)."""

    __tablename__ = "mimic_cxr_jpg_metadata"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "file that the row came from")
    dicom_id: str = key(TEXT, "image")
    subject_id: int = column(BIGINT, "patient")
    study_id: int = column(BIGINT, "study")
    performed_procedure_step_description: str = column(TEXT, "procedure", name="PerformedProcedureStepDescription")
    view_position: str = column(TEXT, "view position, e.g. AP, PA, LATERAL, LL", name="ViewPosition")
    rows: int = column(INTEGER, "height; pixels", name="Rows")
    columns: int = column(INTEGER, "width; pixels", name="Columns")
    study_date: date = column(DATE, "date of the study, shifted per patient", name="StudyDate")
    study_time: float = column(
        DOUBLE,
        "time of the study as published: HHMMSS.fff as a number, leading zeros lost; not shifted",
        name="StudyTime",
    )
    studied_at: datetime = column(
        TIMESTAMP, "StudyDate and StudyTime together, leading zeros restored; null where either is missing"
    )
    procedure_code_sequence_code_meaning: str = column(
        TEXT, "procedure code in words", name="ProcedureCodeSequence_CodeMeaning"
    )
    view_code_sequence_code_meaning: str = column(TEXT, "view code in words", name="ViewCodeSequence_CodeMeaning")
    patient_orientation_code_sequence_code_meaning: str = column(
        TEXT, "Erect or Recumbent", name="PatientOrientationCodeSequence_CodeMeaning"
    )


class MimicCxrJpgSplit(Table, table=True):
    """Recommended split of the images (mimic-cxr-2.0.0-split)."""

    __tablename__ = "mimic_cxr_jpg_split"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "file that the row came from")
    dicom_id: str = key(TEXT, "image")
    study_id: int = column(BIGINT, "study")
    subject_id: int = column(BIGINT, "patient")
    split: str = column(TEXT, "train, validate or test")


class MimicCxrJpgImageFilename(Table, table=True):
    """Images that MIMIC-CXR-JPG holds (IMAGE_FILENAMES), with the ids in their paths."""

    __tablename__ = "mimic_cxr_jpg_image_filename"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "file that the row came from")
    path: str = key(TEXT, "JPG file within the release")
    dicom_id: str = column(TEXT, "image")
    subject_id: int = column(BIGINT, "patient")
    study_id: int = column(BIGINT, "study")


class MimicCxrJpgChexpert(Table, table=True):
    """Labels of the CheXpert labeler (mimic-cxr-2.0.0-chexpert)."""

    __tablename__ = "mimic_cxr_jpg_chexpert"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "file that the row came from")
    subject_id: int = column(BIGINT, "patient")
    study_id: int = key(BIGINT, "study")
    atelectasis: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Atelectasis")
    cardiomegaly: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Cardiomegaly")
    consolidation: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Consolidation")
    edema: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Edema")
    enlarged_cardiomediastinum: int = column(
        SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Enlarged Cardiomediastinum"
    )
    fracture: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Fracture")
    lung_lesion: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Lung Lesion")
    lung_opacity: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Lung Opacity")
    no_finding: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="No Finding")
    pleural_effusion: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Pleural Effusion")
    pleural_other: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Pleural Other")
    pneumonia: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Pneumonia")
    pneumothorax: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Pneumothorax")
    support_devices: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Support Devices")


class MimicCxrJpgNegbio(Table, table=True):
    """Labels of NegBio (mimic-cxr-2.0.0-negbio)."""

    __tablename__ = "mimic_cxr_jpg_negbio"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "file that the row came from")
    subject_id: int = column(BIGINT, "patient")
    study_id: int = key(BIGINT, "study")
    atelectasis: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Atelectasis")
    cardiomegaly: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Cardiomegaly")
    consolidation: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Consolidation")
    edema: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Edema")
    enlarged_cardiomediastinum: int = column(
        SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Enlarged Cardiomediastinum"
    )
    fracture: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Fracture")
    lung_lesion: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Lung Lesion")
    lung_opacity: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Lung Opacity")
    no_finding: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="No Finding")
    pleural_effusion: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Pleural Effusion")
    pleural_other: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Pleural Other")
    pneumonia: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Pneumonia")
    pneumothorax: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Pneumothorax")
    support_devices: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Support Devices")


class MimicCxrJpgTestSetLabeled(Table, table=True):
    """Labels of a radiologist for reports of the test set (mimic-cxr-2.1.0-test-set-labeled)."""

    __tablename__ = "mimic_cxr_jpg_test_set_labeled"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "file that the row came from")
    study_id: int = key(BIGINT, "study")
    airspace_opacity: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Airspace Opacity")
    atelectasis: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Atelectasis")
    cardiomegaly: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Cardiomegaly")
    consolidation: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Consolidation")
    edema: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Edema")
    enlarged_cardiomediastinum: int = column(
        SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Enlarged Cardiomediastinum"
    )
    fracture: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Fracture")
    lung_lesion: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Lung Lesion")
    no_finding: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="No Finding")
    pleural_effusion: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Pleural Effusion")
    pleural_other: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Pleural Other")
    pneumonia: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Pneumonia")
    pneumothorax: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Pneumothorax")
    support_devices: int = column(SMALLINT, "1, 0 or -1 uncertain; null not mentioned", name="Support Devices")
