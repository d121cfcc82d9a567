"""``cxr explain``: a study of the warehouse, or a text."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import cli
from nlp import engines
from nlp.labeling.warehouse import label_warehouse
from tests.support.console import cxr
from warehouse.config import Settings
from warehouse.connection import writing
from warehouse.errors import CxrError, WarehouseError

REPORTS = [
    ("openi", "CXR1", "FINDINGS: No edema. Possible pneumonia."),
    ("openi", "77", "FINDINGS: Effusion."),
    ("mimic_cxr", "77", "FINDINGS: Rib fracture."),
    ("mimic_cxr", "edema", "FINDINGS: Hiatal hernia."),
    ("mimic_cxr", "study with blanks", "FINDINGS: Nodule."),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explain")
    settings = Settings(warehouse=folder / "warehouse.duckdb", threads=1)
    with writing(settings.warehouse, settings) as con:
        con.execute("create table main.report (dataset text, patient_id text, study_id text, text text, language text)")
        con.executemany("insert into main.report values (?, 'p', ?, ?, 'en')", REPORTS)
        con.execute("insert into main.report values ('padchest', 'p', 'ES1', 'sin derrame', 'es')")
        con.execute("create or replace view raw.report as select * from main.report")
        label_warehouse(con, engines.load("cxr"), settings=settings)
    return folder


@pytest.fixture
def explain(folder: Path, monkeypatch: pytest.MonkeyPatch):
    for name in [name for name in os.environ if name.startswith("CXR_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(folder)

    def run(*arguments: str, stdin: str = "") -> Result:
        return CliRunner().invoke(cli, ["explain", *arguments], input=stdin)

    return run


def test_an_id_is_the_study(explain):
    explained = json.loads(explain("CXR1", "--json").stdout)
    assert (explained["dataset"], explained["study_id"]) == ("openi", "CXR1")
    assert explained["labels"] == {"edema": 0, "pneumonia": -1}
    assert explained["stored_labels"] == {"cxr": explained["labels"]}
    shown = explain("CXR1").stdout
    assert "Possible pneumonia" in shown
    assert "cxr, stored" in shown


def test_a_text_is_a_text(explain):
    assert set(json.loads(explain("No edema.", "--json").stdout)) == {"labels", "mentions"}
    assert json.loads(explain("-", "--json", stdin="CXR1").stdout)["mentions"] == []
    shown = explain("Pneumothorax").stdout
    assert "Pneumothorax" in shown
    assert "is the id of no report" in shown


def test_an_id_that_looks_like_a_finding(explain):
    assert json.loads(explain("edema", "--json").stdout)["labels"] == {"hernia": 1}
    assert json.loads(explain("edema.", "--json").stdout)["labels"] == {"edema": 1}


def test_an_option_forces_an_id(explain):
    assert json.loads(explain("study with blanks", "--json").stdout)["mentions"] == []
    assert json.loads(explain("--study", "study with blanks", "--json").stdout)["study_id"] == "study with blanks"
    unknown = explain("--study", "CXR404").exception
    assert isinstance(unknown, WarehouseError)
    assert "CXR404" in str(unknown)
    assert isinstance(explain("CXR1", "--dataset", "mimic-cxr").exception, WarehouseError)


def test_one_id_in_two_data_sets(explain):
    ambiguous = explain("77").exception
    assert isinstance(ambiguous, WarehouseError)
    assert "mimic_cxr, openi" in str(ambiguous)
    assert json.loads(explain("77", "--dataset", "openi", "--json").stdout)["labels"] == {"pleural_effusion": 1}


def test_other_languages_are_not_labeled(explain):
    assert "'es'" in str(explain("ES1").exception)


def test_without_a_warehouse(explain, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert json.loads(explain("Edema.", "--json").stdout)["labels"] == {"edema": 1}
    refused = explain("--study", "CXR1").exception
    assert isinstance(refused, CxrError)
    assert "there is no warehouse" in str(refused)
    assert list(tmp_path.iterdir()) == []


def test_the_deciding_cue_is_shown(tmp_path: Path) -> None:
    explained = json.loads(cxr("explain", "-", "--json", cwd=tmp_path, stdin="No pneumonia, possible edema.").stdout)
    assert {mention["finding"]: mention["assertion"] for mention in explained["mentions"]} == {
        "pneumonia": "absent",
        "edema": "uncertain",
    }
    assert "uncertain" in cxr("explain", "Possible edema.", cwd=tmp_path).stdout


def test_a_text_or_a_study(explain):
    assert explain().exit_code == 2
    assert explain("No edema.", "--study", "CXR1").exit_code == 2
