"""Data sets loaded from folders, in the marts: from their files to dimensions and labels."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from tests.support.releases import expected

OWN = "('jsrt', 'montgomery', 'shenzhen', 'iu_xray', 'cov_ctr', 'brax', 'chexpert_plus')"


def rows(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return con.sql(query).fetchall()


def test_labels_of_every_data_set(con: duckdb.DuckDBPyConnection) -> None:
    query = f"select study_id, labeler, finding, value from marts.fct_study_label where dataset in {OWN}"
    normal = [("tuberculosis", 0), ("no_finding", 1)]
    sick = [("tuberculosis", 1), ("granuloma", 1)]
    expected = {
        **{("JPCLN00" + n, "jsrt_radiologists"): [("nodule", 1)] for n in "12"},
        **{("JPCNN00" + n, "jsrt_radiologists"): [("nodule", 0)] for n in "123"},
        ("MCUCXR_0001_0", "montgomery_readers"): normal,
        ("MCUCXR_0104_1", "montgomery_readers"): sick,
        **{(f"CHNCXR_000{n}_0", "shenzhen_readers"): normal for n in "16"},
        **{(f"CHNCXR_000{n}_1", "shenzhen_readers"): sick for n in "234"},
        ("7", "iu_xray_mesh"): [("cardiomegaly", 1)],
        ("8", "iu_xray_mesh"): [("no_finding", 1)],
        ("20.jpg", "cov_ctr_authors"): [("covid19", 1), ("pneumonia", 1)],
        # the absence of COVID-19 is not the absence of pneumonia
        ("83%2.png", "cov_ctr_authors"): [("covid19", 0)],
        ("id_a/acc1", "brax_chexpert"): [("cardiomegaly", 1), ("edema", -1)],
        ("patient9/study1", "chexpert_plus_impression"): [("edema", 1), ("no_finding", 0)],
    }
    assert sorted(rows(con, query)) == sorted((*key, *label) for key, labels in expected.items() for label in labels)


def test_patients(con: duckdb.DuckDBPyConnection) -> None:
    query = f"select dataset, patient_id, sex, n_images from marts.dim_patient where dataset in {OWN} order by all"
    assert rows(con, query) == [
        ("brax", "id_a", "F", 2),
        ("chexpert_plus", "patient9", "M", 2),
        ("iu_xray", "7", None, 1),
        ("iu_xray", "8", None, 2),
        ("jsrt", "JPCLN001", "F", 1),
        ("jsrt", "JPCLN002", "M", 1),
        ("jsrt", "JPCNN001", "M", 1),
        ("jsrt", "JPCNN002", "F", 1),
        ("jsrt", "JPCNN003", None, 1),
        ("montgomery", "MCUCXR_0001_0", "F", 1),
        ("montgomery", "MCUCXR_0104_1", "F", 1),
        ("shenzhen", "CHNCXR_0001_0", "M", 1),
        ("shenzhen", "CHNCXR_0002_1", "F", 1),
        ("shenzhen", "CHNCXR_0003_1", None, 1),
        ("shenzhen", "CHNCXR_0004_1", "M", 1),
        ("shenzhen", "CHNCXR_0006_0", None, 1),
    ]


@pytest.mark.parametrize(
    ("study_id", "age_years", "n_frontal", "n_lateral", "language"),
    [
        ("JPCLN001", 61, 1, 0, None),
        ("MCUCXR_0001_0", 37, 1, 0, "en"),
        ("CHNCXR_0002_1", 2 / 12, 1, 0, "en"),
        ("7", None, 1, 0, "en"),
        ("8", None, 0, 1, "en"),
        ("20.jpg", None, 0, 0, "zh"),
        ("5%7.jpeg", None, 0, 0, None),
        ("id_a/acc1", 40, 1, 0, None),
        ("patient9/study1", 61, 1, 1, "en"),
    ],
)
def test_studies(
    con: duckdb.DuckDBPyConnection, study_id: str, age_years: float, n_frontal: int, n_lateral: int, language: str
) -> None:
    query = f"select age_years, n_frontal, n_lateral, report_language from marts.dim_study where dataset in {OWN}"
    found = con.execute(f"{query} and study_id = ?", [study_id]).fetchone()
    assert found == (pytest.approx(age_years) if age_years else None, n_frontal, n_lateral, language)


def test_images(con: duckdb.DuckDBPyConnection) -> None:
    query = (
        f"select dataset, view_class, count(*) from marts.dim_image where dataset in {OWN} group by all order by all"
    )
    assert rows(con, query) == [
        ("brax", "frontal", 1),
        ("brax", "other", 1),
        ("chexpert_plus", "frontal", 1),
        ("chexpert_plus", "lateral", 1),
        ("cov_ctr", "other", 3),
        ("iu_xray", "frontal", 1),
        ("iu_xray", "lateral", 1),
        ("iu_xray", "unknown", 1),
        ("jsrt", "frontal", 5),
        ("montgomery", "frontal", 2),
        ("shenzhen", "frontal", 5),
    ]


def test_data_sets_say_what_they_are_and_what_they_repeat(con: duckdb.DuckDBPyConnection) -> None:
    query = "select dataset, same_images_as from marts.dim_dataset where is_loaded_twice order by all"
    assert rows(con, query) == [("chexpert_plus", "chexpert"), ("iu_xray", "openi")]
    assert rows(con, "select dataset from marts.dim_dataset where modality = 'CT'") == [("cov_ctr",)]
    query = "select dataset, n_studies, n_images, n_reports from marts.dim_dataset where dataset in ('cov_ctr', 'jsrt')"
    assert rows(con, f"{query} order by all") == [("cov_ctr", 3, 3, 2), ("jsrt", 5, 5, 0)]


def test_the_same_report_in_both_collections(con: duckdb.DuckDBPyConnection) -> None:
    query = "select study_id from staging.stg_iu_xray__report where openi_study_id = 'CXR7'"
    assert rows(con, query) == [("7",)]


def test_counts_stand_beside_the_published_ones(con: duckdb.DuckDBPyConnection) -> None:
    query = "select published_count, loaded_count, status from marts.reference_count where dataset || ' ' || subject = "
    assert rows(con, query + "'shenzhen images with tuberculosis'") == [(336, 3, "differs")]
    assert rows(con, query + "'cov_ctr images with a report'") == [(728, 2, "differs")]


@pytest.mark.parametrize(("name", "query", "said"), expected("MARTS"))
def test_what_the_marts_say(con: duckdb.DuckDBPyConnection, name: str, query: str, said: list[tuple[Any, ...]]) -> None:
    assert rows(con, query) == said
