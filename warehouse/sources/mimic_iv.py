"""MIMIC-IV, for whom MIMIC-CXR's studies are of: PhysioNet's CSV folders, or a DuckDB file that mimic-code built."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import duckdb

from warehouse import schema
from warehouse.config import Settings
from warehouse.errors import SourceError
from warehouse.schema.base import BIGINT, DATE, INTEGER, SMALLINT, TEXT, TIMESTAMP, Landed, column, key
from warehouse.sources.base import File, Load, Loader, Source
from warehouse.sources.reading.fingerprints import is_database
from warehouse.sources.reading.tabular import csv_rows
from warehouse.sql import identifier, literal


class MimicIvPatient(Landed, table=True):
    """Patients of MIMIC-IV (hosp/patients)."""

    __tablename__ = "mimic_iv_patient"
    subject_id: int = key(BIGINT, "patient, as in MIMIC-CXR")
    gender: str = column(TEXT, "F or M")
    anchor_age: int = column(INTEGER, "age in anchor_year; years, 91 for all above 89")
    anchor_year: int = column(INTEGER, "year that anchor_age is of, shifted per patient")
    anchor_year_group: str = column(TEXT, "three years that hold the true year, e.g. 2014 - 2016")
    dod: date = column(DATE, "date of death, shifted; null when alive a year after the last discharge")


class MimicIvAdmission(Landed, table=True):
    """Hospital stays of MIMIC-IV (hosp/admissions)."""

    __tablename__ = "mimic_iv_admission"
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


class MimicIvEdstay(Landed, table=True):
    """Stays in the emergency department (MIMIC-IV-ED, ed/edstays)."""

    __tablename__ = "mimic_iv_edstay"
    subject_id: int = column(BIGINT, "patient")
    hadm_id: int = column(BIGINT, "hospital stay that it led to")
    stay_id: int = key(BIGINT, "emergency stay")
    intime: datetime = column(TIMESTAMP, "arrival, shifted per patient")
    outtime: datetime = column(TIMESTAMP, "departure")
    gender: str = column(TEXT, "F or M")
    race: str = column(TEXT, "race as registered at the stay")
    arrival_transport: str = column(TEXT, "how the patient came")
    disposition: str = column(TEXT, "how the stay ended, e.g. HOME, ADMITTED")


_OF_LATER_RELEASES = ("admit_provider_id", "race", "arrival_transport", "anchor_year_group", "dod")


class MimicIv(Source):
    """A source that is a folder, or a database with the tables in it."""

    def locate(self, path: Path | None, settings: Settings) -> dict[str, Path]:
        """Return the path of every file that is there; of a database the database itself, for each table it has.

        Raises
        ------
        SourceError
            Nothing of the release is there, or the file is not a DuckDB database that can be read.
        """
        if path is None or not path.is_file():
            return super().locate(path, settings)
        if not is_database(path):
            raise SourceError("is no DuckDB database", where=path, fix="Name one, or the folder that holds hosp and ed")
        with _opened(path) as database:
            located = {file.name: path for file in self.files if _find(database, file)}
        if not located:
            raise SourceError(
                "has no table patients, admissions or edstays",
                where=path,
                fix="Build it with the scripts of MIT-LCP/mimic-code, or name the folder that holds hosp and ed",
            )
        return located


def _rows(table: type[schema.Table]) -> Loader:
    """Return a loader of one table, from its CSV or from the database."""
    optional = tuple(name for name in _OF_LATER_RELEASES if name in schema.column_types(table))
    read_csv = csv_rows(table, optional=optional)

    def load(load: Load, file: File, path: Path) -> None:
        if is_database(path):
            _copy(load, table, file, path)
        else:
            read_csv(load, file, path)

    return load


def _copy(load: Load, table: type[schema.Table], file: File, path: Path) -> None:
    with _opened(path) as database:
        relation = _find(database, file)
        there = set(database.sql(f"from {relation}").columns)
        if missing := [name for name in schema.grain(table) if name not in there]:
            raise SourceError(f"{relation} has no column {missing[0]!r}", where=path)
        columns = [
            f"try_cast({identifier(name)} as {kind}) as {identifier(name)}"
            for name, kind in schema.column_types(table).items()
            if name in there
        ]
        own = f"{literal(load.run_id)} as run_id, {literal(file.name)} as source_file"
        has_key = " and ".join(f"{identifier(name)} is not null" for name in schema.grain(table))
        rows = database.sql(f"select {own}, {', '.join(columns)} from {relation} where {has_key}")
        schema.append(load.con, table, rows.to_arrow_reader(100_000))
        load.rows[schema.qualified(table)] += database.sql(f"select 1 from {relation} where {has_key}").shape[0]


def _opened(path: Path) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        raise SourceError(
            f"cannot be opened ({type(error).__name__})",
            where=path,
            fix="Close the process that has it open, or export it from the DuckDB version that made it",
        ) from None


def _find(database: duckdb.DuckDBPyConnection, file: File) -> str | None:
    """Return the table of a published file: that of mimic-code's schema before one of the same name elsewhere."""
    module, _, name = file.name.removesuffix(".csv.gz").partition("/")
    found = database.execute(
        'select format(\'"{}"."{}"\', table_schema, table_name) from information_schema.tables where table_name = ?'
        " order by table_schema = ? desc, table_schema = 'main' desc, table_schema",
        [name, f"mimiciv_{module}"],
    ).fetchone()
    return str(found[0]) if found else None


SOURCE = MimicIv(
    module=__name__,
    name="mimic-iv",
    title="MIMIC-IV: patients, hospital and emergency stays, to link the studies of MIMIC-CXR with",
    licence="PhysioNet Credentialed Health Data License 1.5.0",
    citation="Johnson AEW et al. MIMIC-IV, a freely accessible electronic health record dataset. Sci Data 2023;10:1",
    url="https://physionet.org/content/mimiciv/",
    get="credentialed access at physionet.org/content/mimiciv and /mimic-iv-ed; a folder with hosp and ed, or a DuckDB"
    " file as MIT-LCP/mimic-code builds it",
    files=tuple(
        File(name, (table,), _rows(table), aliases=(name.rpartition("/")[2], *more), is_required=False)
        for name, table, more in (
            ("hosp/patients.csv.gz", MimicIvPatient, ("core/patients.csv.gz",)),
            ("hosp/admissions.csv.gz", MimicIvAdmission, ("core/admissions.csv.gz",)),
            ("ed/edstays.csv.gz", MimicIvEdstay, ()),
        )
    ),
    default_folder=None,
)
