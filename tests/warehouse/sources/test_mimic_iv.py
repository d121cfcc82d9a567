"""MIMIC-IV on invented rows: in PhysioNet's folders, and in a database as mimic-code builds it."""

import gzip
from pathlib import Path

import duckdb
import pytest

from warehouse import sources
from warehouse.errors import SourceError

SUBJECT, HADM, STAY = 10_000_001, 20_000_001, 30_000_001
PATIENTS = "subject_id,gender,anchor_age,anchor_year,anchor_year_group,dod"
ADMISSIONS = (
    "subject_id,hadm_id,admittime,dischtime,deathtime,admission_type,admit_provider_id,admission_location,"
    "discharge_location,insurance,language,marital_status,race,edregtime,edouttime,hospital_expire_flag"
)
EDSTAYS = "subject_id,hadm_id,stay_id,intime,outtime,gender,race,arrival_transport,disposition"
ADMITTED, LEFT = "2180-05-06 22:23:00", "2180-05-07 17:15:00"
FILES = {
    "hosp/patients.csv.gz": (PATIENTS, f"{SUBJECT},F,52,2180,2014 - 2016,2180-09-09"),
    "hosp/admissions.csv.gz": (
        ADMISSIONS,
        f'{SUBJECT},{HADM},{ADMITTED},{LEFT},,URGENT,P1,"A ""so-called"" transfer",HOME,Other,ENGLISH,WIDOWED,WHITE,'
        "2180-05-06 19:17:00,2180-05-06 23:30:00,0",
    ),
    "ed/edstays.csv.gz": (EDSTAYS, f"{SUBJECT},{HADM},{STAY},2180-05-06 19:17:00,{ADMITTED},F,WHITE,WALK IN,ADMITTED"),
}
FOUND = """
    select p.subject_id, p.anchor_age, a.admittime::varchar, a.admission_location, e.stay_id, e.outtime = a.admittime
    from raw.mimic_iv_patient as p
    join raw.mimic_iv_admission as a using (subject_id)
    join raw.mimic_iv_edstay as e using (subject_id, hadm_id)
"""
EXPECTED = [(SUBJECT, 52, ADMITTED, 'A "so-called" transfer', STAY, True)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, lines in FILES.items():
        path = tmp_path / "mimic-iv" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode()))
    return tmp_path / "mimic-iv"


@pytest.fixture
def database(folder: Path, tmp_path: Path) -> Path:
    path = tmp_path / "mimic4.db"
    with duckdb.connect(str(path)) as con:
        con.execute("create table patients (subject_id int)")  # of something else
        for name in FILES:
            module, table = name.removesuffix(".csv.gz").split("/")
            con.execute(f"create schema if not exists mimiciv_{module}")
            con.execute(f"create table mimiciv_{module}.{table} as from read_csv('{folder / name}')")
    return path


def test_the_folder(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    done = sources.load_source(con, sources.get("mimic-iv"), folder)
    assert (done.missing, done.n_odd, done.n_rejected) == ([], 0, 0)
    assert con.sql(FOUND).fetchall() == EXPECTED


def test_the_database(con: duckdb.DuckDBPyConnection, database: Path) -> None:
    done = sources.load_source(con, sources.get("mimic-iv"), database)
    assert done.rows == {"raw.mimic_iv_patient": 1, "raw.mimic_iv_admission": 1, "raw.mimic_iv_edstay": 1}
    assert con.sql(FOUND).fetchall() == EXPECTED
    assert sources.load_source(con, sources.get("mimic-iv"), database).status == "unchanged"


def test_parts_and_files_of_one_folder(con: duckdb.DuckDBPyConnection, folder: Path, tmp_path: Path) -> None:
    flat = tmp_path / "flat"
    flat.mkdir()
    (folder / "hosp" / "patients.csv.gz").rename(flat / "patients.csv.gz")
    done = sources.load_source(con, sources.get("mimic-iv"), flat)
    assert done.missing == ["hosp/admissions.csv.gz", "ed/edstays.csv.gz"]
    assert con.sql("select gender, dod::varchar from raw.mimic_iv_patient").fetchall() == [("F", "2180-09-09")]


def test_columns_of_later_releases_may_be_missing(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    path = folder / "ed" / "edstays.csv.gz"
    row = f"{SUBJECT},,{STAY},{ADMITTED},{LEFT},F,HOME"
    path.write_bytes(gzip.compress(f"subject_id,hadm_id,stay_id,intime,outtime,gender,disposition\n{row}\n".encode()))
    sources.load_source(con, sources.get("mimic-iv"), folder)
    assert con.sql("select hadm_id, race, disposition from raw.mimic_iv_edstay").fetchall() == [(None, None, "HOME")]


def test_what_is_no_mimic_iv(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    source = sources.get("mimic-iv")
    text = tmp_path / "notes.txt"
    text.write_text("nothing")
    with pytest.raises(SourceError, match="is no DuckDB database"):
        sources.load_source(con, source, text)
    empty = tmp_path / "empty.db"
    duckdb.connect(str(empty)).close()
    with pytest.raises(SourceError, match="has no table patients, admissions or edstays"):
        sources.load_source(con, source, empty)
    keyless = tmp_path / "keyless.db"
    with duckdb.connect(str(keyless)) as other:
        other.execute("create table patients (row_id int)")
    with pytest.raises(SourceError, match="has no column 'subject_id'"):
        sources.load_source(con, source, keyless)
    with pytest.raises(SourceError, match="is not there"):
        sources.load_source(con, source, tmp_path)
