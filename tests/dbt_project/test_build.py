"""``app.dbt``: the dbt project run from Python, and the project's own promises."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.dbt import BuildResult, build, encounter_links, load_mimic_iv
from tests.dbt_project.conftest import insert
from warehouse.config import Settings
from warehouse.connection import read_only, writing
from warehouse.errors import WarehouseError
from warehouse.schema import score

SEEDED = {"dim_dataset", "dim_finding", "dim_labeler", "labeler_benchmark", "reference_count"}


@pytest.fixture(scope="module")
def models(settings: Settings, empty_build: object) -> dict[str, dict[str, Any]]:
    """Models of the manifest that the build left, by name."""
    manifest = json.loads((settings.pages / "dbt" / "target" / "manifest.json").read_text(encoding="utf-8"))
    return {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}


def test_builds_on_empty_tables(empty_build: tuple[BuildResult, dict[str, int]], project: Path) -> None:
    result, n_rows = empty_build
    assert result.n_models == len([path for path in project.glob("models/**/*") if path.suffix in (".sql", ".py")])
    assert result.n_warnings == 0
    assert {name for name, n in n_rows.items() if n} == SEEDED
    assert set(n_rows) == {path.stem for path in project.glob("models/marts/**/*.sql")}


def test_every_model_and_column_is_described(models: dict[str, dict[str, Any]]) -> None:
    assert [name for name, model in models.items() if not model["description"] or not model["columns"]] == []
    bare = [
        f"{name}.{column['name']}"
        for name, model in models.items()
        for column in model["columns"].values()
        if not column["description"]
    ]
    assert bare == []


def test_the_described_columns_are_those_built(
    models: dict[str, dict[str, Any]], settings: Settings, filled: object
) -> None:
    with writing(settings.warehouse, settings) as con:
        query = "select table_schema || '.' || table_name, list(column_name order by column_name)"
        built = dict(con.sql(f"{query} from information_schema.columns group by all").fetchall())
    described = {f"{model['schema']}.{name}": sorted(model["columns"]) for name, model in models.items()}
    assert {name: sorted(built[name]) for name in described} == described


def test_every_mart_has_an_enforced_contract_with_a_key(models: dict[str, dict[str, Any]]) -> None:
    marts = {name: model for name, model in models.items() if model["schema"] == "marts"}
    assert marts
    for name, model in marts.items():
        assert model["contract"]["enforced"], name
        assert all(column["data_type"] for column in model["columns"].values()), name
        assert [constraint["type"] for constraint in model["constraints"]] == ["primary_key"], name


def test_progress_is_reported_and_the_environment_left_alone(
    filled: Settings, steps: list[tuple[str, int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert steps
    assert all(step == "build" and 0 < done <= total for step, done, total in steps)
    assert os.environ.get("CXR_WAREHOUSE") != str(filled.warehouse)


def test_a_failure_names_the_nodes_and_no_rows(
    filled: Settings, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    copy = replace(filled, warehouse=tmp_path / "copy.duckdb")
    shutil.copy(filled.warehouse, copy.warehouse)
    lost = {"dataset": "openi", "study_id": "SECRET", "model": "net", "version": "1.0.0", "finding": "edema"}
    with writing(copy.warehouse, copy) as con:
        insert(con, score.ReportScore, [lost | {"probability": 0.5}])
    with pytest.raises(
        WarehouseError, match=r"1 of \d+ dbt nodes failed: refers_to_fct_report_score_dataset__study_id"
    ) as caught:
        build(copy, select="fct_report_score")
    assert "SECRET" not in str(caught.value)
    assert capfd.readouterr().out == ""


def test_mimic_iv_is_loaded_for_a_build_and_its_links_counted(filled: Settings, tmp_path: Path) -> None:
    assert encounter_links(filled) == [("admission", 1, 1), ("no_encounter", 1, 1), ("no_time", 1, 1)]
    copy = replace(filled, warehouse=tmp_path / "copy.duckdb")
    shutil.copy(filled.warehouse, copy.warehouse)
    (tmp_path / "hosp").mkdir()
    (tmp_path / "hosp" / "patients.csv").write_text(
        "subject_id,gender,anchor_age,anchor_year,anchor_year_group,dod\n11,M,60,2150,,\n"
    )
    load_mimic_iv(copy, tmp_path)
    with read_only(copy.warehouse) as con:
        assert con.sql("select subject_id, gender from raw.mimic_iv_patient where run_id <> 'run'").fetchall() == [
            (11, "M")
        ]


def test_there_must_be_a_warehouse(tmp_path: Path) -> None:
    settings = Settings(warehouse=tmp_path / "none.duckdb", pages=tmp_path / "pages")
    with pytest.raises(WarehouseError, match="there is no warehouse here"):
        build(settings)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_plain_dbt_works_in_the_folder(filled: Settings, project: Path, tmp_path: Path) -> None:
    dbt = Path(sys.executable).with_name("dbt")
    command = [dbt, "--quiet", "build", "--select", "dim_finding", "--target-path", tmp_path, "--log-path", tmp_path]
    environment = os.environ | {"CXR_WAREHOUSE": str(filled.warehouse)}
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
