"""Landing tables of the smaller relatives: JSRT, Montgomery, Shenzhen, IU X-ray as on Kaggle, COV-CTR."""

from warehouse.schema.base import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    INTEGER,
    SMALLINT,
    TEXT,
    TEXTS,
    Table,
    column,
    key,
    required,
    run_column,
)


class JsrtCase(Table, table=True):
    """Radiographs of the JSRT database as its two lists describe them: with a nodule, or without."""

    __tablename__ = "jsrt_case"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "file that the row came from")
    image_id: str = key(TEXT, "image, e.g. JPCLN001 (with a nodule) or JPCNN001 (without)")
    has_nodule: bool = required(BOOLEAN, "whether it is of the list of images with a nodule")
    subtlety: int = column(SMALLINT, "1 extremely subtle to 5 obvious")
    nodule_size: float = column(DOUBLE, "size of the nodule; mm")
    age: int = column(INTEGER, "age; years")
    sex: str = column(TEXT, "male or female")
    x: int = column(INTEGER, "centre of the nodule from the left; pixels of the 2048 x 2048 image")
    y: int = column(INTEGER, "centre of the nodule from the top; pixels")
    malignancy: str = column(TEXT, "malignant or benign")
    position: str = column(TEXT, "place of the nodule, e.g. l.upper lobe(S5)")
    diagnosis: str = column(TEXT, "diagnosis, as published")


class JsrtImage(Table, table=True):
    """Image files of the JSRT database that are there: 2048 x 2048 pixels of 16 bits, 12 used, without a header."""

    __tablename__ = "jsrt_image"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "folder that the row came from")
    image_id: str = key(TEXT, "image, e.g. JPCLN001")
    path: str = column(TEXT, "file within the release")


class MontgomeryImage(Table, table=True):
    """Image files of the Montgomery County set that are there."""

    __tablename__ = "montgomery_image"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "folder that the row came from")
    image_id: str = key(TEXT, "image, e.g. MCUCXR_0001_0; ends in 1 with manifestations of tuberculosis, else in 0")
    path: str = column(TEXT, "file within the release")


class MontgomeryReading(Table, table=True):
    """Readings of the Montgomery County set, one text file an image."""

    __tablename__ = "montgomery_reading"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "folder that the row came from")
    image_id: str = key(TEXT, "image, e.g. MCUCXR_0001_0")
    sex: str = column(TEXT, "F or M (Patient's Sex)")
    age: str = column(TEXT, "age as in DICOM, e.g. 037Y (Patient's Age)")
    reading: str = column(TEXT, "what the radiologist read; several lines in some")


class MontgomeryMask(Table, table=True):
    """Masks of the lungs that people drew for the Montgomery County set: where the files are."""

    __tablename__ = "montgomery_mask"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "folder that the row came from")
    image_id: str = key(TEXT, "image, e.g. MCUCXR_0001_0")
    side: str = key(TEXT, "lung, left or right")
    path: str = column(TEXT, "file within the release")


class ShenzhenImage(Table, table=True):
    """Image files of the Shenzhen set that are there."""

    __tablename__ = "shenzhen_image"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "folder that the row came from")
    image_id: str = key(TEXT, "image, e.g. CHNCXR_0001_0; ends in 1 with manifestations of tuberculosis, else in 0")
    path: str = column(TEXT, "file within the release")


class ShenzhenReading(Table, table=True):
    """Readings of the Shenzhen set, one text file an image."""

    __tablename__ = "shenzhen_reading"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "folder that the row came from")
    image_id: str = key(TEXT, "image, e.g. CHNCXR_0001_0")
    sex: str = column(TEXT, "male or female")
    age: str = column(TEXT, "age with its unit as written, e.g. 45yrs")
    reading: str = column(TEXT, "what the radiologist read")


class IuXrayReport(Table, table=True):
    """Reports of the Indiana University collection as distributed on Kaggle."""

    __tablename__ = "iu_xray_report"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "file that the row came from")
    uid: int = key(BIGINT, "report; 1013 is CXR1013 of Open-I")
    mesh: list[str] = column(TEXTS, "MeSH terms and qualifiers, published with semicolons between them", name="MeSH")
    problems: list[str] = column(TEXTS, "terms without qualifiers, published with semicolons between", name="Problems")
    image: str = column(TEXT, "what was examined, as written; no file name")
    indication: str = column(TEXT, "INDICATION section")
    comparison: str = column(TEXT, "COMPARISON section")
    findings: str = column(TEXT, "FINDINGS section")
    impression: str = column(TEXT, "IMPRESSION section")


class IuXrayProjection(Table, table=True):
    """Images of the Indiana University collection as distributed on Kaggle, with their view."""

    __tablename__ = "iu_xray_projection"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "file that the row came from")
    uid: int = column(BIGINT, "report")
    filename: str = key(TEXT, "image file, e.g. 1_IM-0001-4001.dcm.png")
    projection: str = column(TEXT, "Frontal or Lateral")


class IuXrayImage(Table, table=True):
    """Image files of the Kaggle distribution that are there; four have no line in its list of projections."""

    __tablename__ = "iu_xray_image"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "folder that the row came from")
    image_id: str = key(TEXT, "image file, e.g. 1_IM-0001-4001.dcm.png")
    uid: str = column(TEXT, "report, from the file's name")
    path: str = column(TEXT, "file within the release")


class CovCtrReport(Table, table=True):
    """Reports of COV-CTR, Chinese with an English version of the findings; a few images have two."""

    __tablename__ = "cov_ctr_report"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "file that the row came from")
    source_row: int = key(BIGINT, "row of the source file, from 1; six images are there twice")
    image_id: str = required(TEXT, "image file, e.g. 20.jpg")
    findings: str = column(TEXT, "findings, in Chinese")
    terminologies: str = column(TEXT, "terms of the findings, in Chinese")
    covid: int = column(SMALLINT, "1 COVID-19, 0 not", name="COVID")
    impression: str = column(TEXT, "impression, in Chinese")
    reports_en: str = column(TEXT, "report in English, by the authors", name="reports_En")


class CovCtrImage(Table, table=True):
    """Image files of COV-CTR that are there: single CT slices as PNG or JPEG."""

    __tablename__ = "cov_ctr_image"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "folder that the row came from")
    image_id: str = key(TEXT, "image file, e.g. 20.jpg")
    path: str = column(TEXT, "file within the release")
