"""Landing tables of MIMIC-IV: who the patients are, and their hospital and emergency stays; nothing else of it."""

from datetime import date, datetime

from warehouse.schema.base import (
    BIGINT,
    DATE,
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


class MimicIvPatient(Table, table=True):
    """Patients of MIMIC-IV (hosp/patients)."""

    __tablename__ = "mimic_iv_patient"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "file that the row came from")
    subject_id: int = key(BIGINT, "patient, as in MIMIC-CXR")
    gender: str = column(TEXT, "F or M")
    anchor_age: int = column(INTEGER, "age in anchor_year; years, 91 for all above 89")
    anchor_year: int = column(INTEGER, "year that anchor_age is of, shifted per patient")
    anchor_year_group: str = column(TEXT, "three years that hold the true year, e.g. 2014 - 2016")
    dod: date = column(DATE, "date of death, shifted; null when alive a year after the last discharge")


class MimicIvAdmission(Table, table=True):
    """Hospital stays of MIMIC-IV (hosp/admissions)."""

    __tablename__ = "mimic_iv_admission"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "file that the row came from")
    subject_id: int = column(BIGINT, "patient")
    hadm_id: int = key(BIGINT, "hospital stay")
    admittime: datetime = column(TIMESTAMP, "admission, shifted per patient")
    dischtime: datetime = column(TIMESTAMP, "discharge")
    deathtime: datetime = column(TIMESTAMP, "death in hospital")
    admission_type: str = column(TEXT, "kind of admission, e.g. EW EMER.")
    admit_provider_id: str = column(TEXT, "provider who admitted")
    admission_location: str = column(TEXT, "where the patient came from")
    discharge_location: str = column(TEXT, "where the patient went")
    insurance: str = column(TEXT, "insurance")
    language: str = column(TEXT, "language of the patient")
    marital_status: str = column(TEXT, "marital status")
    race: str = column(TEXT, "race as registered at the stay")
    edregtime: datetime = column(TIMESTAMP, "registration in the emergency department")
    edouttime: datetime = column(TIMESTAMP, "departure from the emergency department")
    hospital_expire_flag: int = column(SMALLINT, "1 when the patient died in hospital")


class MimicIvEdstay(Table, table=True):
    """Stays in the emergency department (MIMIC-IV-ED, ed/edstays)."""

    __tablename__ = "mimic_iv_edstay"
    __table_args__ = {"schema": "raw"}
    run_id: str = run_column()
    source_file: str = required(TEXT, "file that the row came from")
    subject_id: int = column(BIGINT, "patient")
    hadm_id: int = column(BIGINT, "hospital stay that it led to")
    stay_id: int = key(BIGINT, "emergency stay")
    intime: datetime = column(TIMESTAMP, "arrival, shifted per patient")
    outtime: datetime = column(TIMESTAMP, "departure")
    gender: str = column(TEXT, "F or M")
    race: str = column(TEXT, "race as registered at the stay")
    arrival_transport: str = column(TEXT, "how the patient came")
    disposition: str = column(TEXT, "how the stay ended, e.g. HOME, ADMITTED")
