"""A small warehouse with every kind of row that the marts have a rule for, built twice: empty, then filled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from app.dbt import BuildResult, build
from tests.support import ROOT
from tests.support.releases import RELEASES
from warehouse import schema, sources
from warehouse.config import Settings
from warehouse.connection import read_only, writing
from warehouse.schema import annotation, nlp, score
from warehouse.sources.chestxray14 import Chestxray14Image
from warehouse.sources.chexpert import ChexpertImage
from warehouse.sources.mimic_cxr import MimicCxrProvider, MimicCxrRecord, MimicCxrStudy
from warehouse.sources.mimic_cxr_jpg import (
    MimicCxrJpgChexpert,
    MimicCxrJpgMetadata,
    MimicCxrJpgNegbio,
    MimicCxrJpgSplit,
)
from warehouse.sources.mimic_iv import MimicIvAdmission, MimicIvPatient
from warehouse.sources.openi import OpeniImage, OpeniReport
from warehouse.sources.openi_header import OpeniDicom
from warehouse.sources.padchest import PadchestImage

RUN = {"run_id": "run", "source_file": "made for the test"}
NOW = datetime(2026, 1, 1, tzinfo=UTC)
TEXT = "FINDINGS: No pneumothorax."

ROWS: dict[type[schema.Table], list[dict[str, Any]]] = {
    OpeniReport: [
        {"uid": "CXR1", "pmc_id": "1", "findings": "No pneumothorax.", "mesh_major": ["Cardiomegaly/mild"]},
        {"uid": "CXR2", "pmc_id": "2", "findings": None, "mesh_major": ["No Indexing"]},
    ],
    OpeniImage: [{"image_id": "CXR1_1_IM-0001-3001", "uid": "CXR1", "figure_id": "F1"}],
    OpeniDicom: [{"imageid": "CXR1_IM-0001-3001", "View Position": "PA", "Study Date": date(2011, 3, 28)}],
    Chestxray14Image: [
        {"Image Index": "00000001_000.png", "Finding Labels": ["Nodule"], "Follow-up #": 0, "Patient ID": 1},
        {"Image Index": "00000001_001.png", "Finding Labels": ["No Finding"], "Follow-up #": 1, "Patient ID": 1},
    ],
    ChexpertImage: [
        {"Path": f"CheXpert-v1.0-small/train/patient00001/study1/{view}.jpg", "Frontal/Lateral": side, "Edema": value}
        for view, side, value in [("view1_frontal", "Frontal", 0), ("view2_lateral", "Lateral", -1)]
    ],
    PadchestImage: [
        {
            "ImageID": "p.png", "StudyID": "s", "PatientID": "p", "StudyDate_DICOM": date(2014, 9, 15),
            "PatientBirth": 1930, "Projection": "AP_horizontal", "MethodLabel": "Physician",
            "Labels": ["hydropneumothorax", " pulmonary mass", ""], "Report": "hidroneumotorax",
        }
    ],
    MimicCxrStudy: [{"subject_id": 10, "study_id": study} for study in (53, 51, 57)],
    MimicCxrProvider: [{"subject_id": 10, "study_id": 53, "ordering_provider_id": "P1"}],
    MimicCxrRecord: [
        {"dicom_id": f"d{study}", "subject_id": 10, "study_id": study, "path": f"files/{study}.dcm"}
        for study in (53, 51)
    ],
    MimicCxrJpgMetadata: [
        {
            "dicom_id": f"d{study}", "subject_id": 10, "study_id": study, "ViewPosition": "LL",
            "StudyDate": date(2180, 5, day), "StudyTime": 80556.875,
            "studied_at": datetime(2180, 5, day, 8, 5, 56, 875_000),  # noqa: DTZ001 - a shifted date has no zone
            "PerformedProcedureStepDescription": procedure, "PatientOrientationCodeSequence_CodeMeaning": "Erect",
        }
        for study, day, procedure in ((53, 6, "CHEST (PA AND LAT)"), (51, 9, "CHEST (PORTABLE AP)"))
    ],
    MimicIvPatient: [{"subject_id": 10, "gender": "F", "anchor_age": 50, "anchor_year": 2178}],
    MimicIvAdmission: [
        {
            "subject_id": 10, "hadm_id": 20, "admittime": "2180-05-06 00:00:00", "dischtime": "2180-05-07 00:00:00",
            "race": "WHITE",
        }
    ],
    MimicCxrJpgSplit: [
        {"dicom_id": f"d{study}", "subject_id": 10, "study_id": study, "split": "test"} for study in (53, 51)
    ],
    MimicCxrJpgChexpert: [{"subject_id": 10, "study_id": 53, "Edema": 1}, {"subject_id": 10, "study_id": 51}],
    MimicCxrJpgNegbio: [{"subject_id": 10, "study_id": 53, "Edema": -1}, {"subject_id": 10, "study_id": 51}],
    annotation.LabeledStudy: [{"dataset": "openi", "study_id": "CXR1", "annotator": "openi_mesh"}],
    annotation.Label: [
        {"dataset": "openi", "study_id": "CXR1", "annotator": "openi_mesh", "finding": "cardiomegaly", "value": 1},
        {"dataset": "openi", "study_id": "CXR1", "annotator": "openi_mesh", "finding": "fracture", "value": -9},
    ],
    nlp.LabelRun: [
        {
            "run_id": run, "labeler": "cxr", "lexicon_sha": run, "text_policy": "all", "product_version": "0",
            "status": status, "started_at": NOW, "finished_at": finished_at,
        }
        for run, status, finished_at in [
            ("old", "complete", datetime(2025, 1, 1, tzinfo=UTC)), ("run", "complete", NOW), ("next", "running", None)
        ]
    ],
    nlp.LabeledReport: [{"dataset": "openi", "study_id": study, "text_hash": 0} for study in ("CXR1", "CXR2")],
    nlp.SectionedReport: [
        {"rules": rules, "dataset": "openi", "study_id": "CXR1", "text_hash": 0} for rules in ("corrected", "official")
    ],
    nlp.Section: [
        {
            "rules": rules, "dataset": "openi", "study_id": "CXR1", "ordinal": 0, "section": section, "start": start,
            "end": 26, "text": TEXT[start:26], "is_label_source": rules == "corrected",
            "is_label_text": rules == "corrected",
        }
        for rules, section, start in [("corrected", "findings", 10), ("official", "full report", 0)]
    ],
    nlp.Mention: [
        {
            "dataset": "openi", "study_id": "CXR1", "section": "findings", "sentence": 0, "start": 13, "end": 25,
            "text": "pneumothorax", "finding": "pneumothorax", "assertion": "absent", "cue_start": 10, "cue_end": 12,
            "rule_id": "pneumothorax.named", "cue_rule_id": "absent.no",
        }
    ],
    nlp.Label: [
        {
            "run_id": run, "dataset": "openi", "study_id": "CXR1", "labeler": "cxr", "lexicon_sha": run,
            "finding": finding, "value": value, "is_indexed": value == 1,
        }
        for run, finding, value in [("old", "edema", 1), ("run", "pneumothorax", 0), ("run", "cardiomegaly", 1)]
    ],
    score.Model: [
        {
            "name": "net", "version": "1.0.0", "task": "classification", "input": "report",
            "findings": ["cardiomegaly"], "weights_sha": "0", "manifest": "{}",
        }
    ],
    score.ReportScore: [
        {
            "dataset": "openi", "study_id": study, "model": "net", "version": "1.0.0", "finding": "cardiomegaly",
            "probability": probability,
        }
        for study, probability in [("CXR1", 0.9), ("CXR2", 0.2)]
    ],
}  # fmt: skip


def insert(con: duckdb.DuckDBPyConnection, table: type[schema.Table], rows: list[dict[str, Any]]) -> None:
    """Append rows given as dicts, with run and source file filled in."""
    types = schema.column_types(table)
    defaults = {name: value for name, value in RUN.items() if name in types}
    schema.append(con, table, pa.Table.from_pylist([defaults | row for row in rows]))


@pytest.fixture(scope="package")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("dbt")
    return Settings(warehouse=folder / "warehouse.duckdb", pages=folder / "pages", threads=2)


@pytest.fixture(scope="package")
def empty_build(settings: Settings) -> tuple[BuildResult, dict[str, int]]:
    """Result and row counts of the marts of a build over empty tables."""
    with writing(settings.warehouse, settings):
        pass
    result = build(settings)
    with read_only(settings.warehouse) as con:
        names = con.sql("select table_name from information_schema.tables where table_schema = 'marts'").fetchall()
        return result, {name: con.sql(f"select count(*) from marts.{name}").fetchone()[0] for (name,) in names}


@pytest.fixture(scope="package")
def steps() -> list[tuple[str, int, int]]:
    """Progress that the filled build reported."""
    return []


@pytest.fixture(scope="package")
def filled(
    settings: Settings,
    empty_build: object,
    steps: list[tuple[str, int, int]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Settings:
    """The same warehouse with rows, and the invented releases loaded from their files, built again."""
    with writing(settings.warehouse, settings) as con:
        for name, release in RELEASES.items():
            sources.load_source(con, sources.get(name), release.tree(tmp_path_factory.mktemp(name)))
        for table, rows in ROWS.items():
            insert(con, table, rows)
    build(settings, progress=lambda step, done, total: steps.append((step, done, total)))
    return settings


@pytest.fixture
def con(filled: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with read_only(filled.warehouse) as con:
        yield con


@pytest.fixture(scope="package")
def project() -> Path:
    return ROOT / "dbt_project"
