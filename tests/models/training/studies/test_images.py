"""A published study's grid, tiny, on made-up radiographs; the published tables are as their sources print them."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import duckdb
import numpy as np
import pytest

from models.training.image_recipe import ImageRecipe
from models.training.nets import torch
from models.training.sets import TrainingSet
from models.training.studies import images
from tests.support.macros import create_macros
from warehouse.config import Settings

N_IMAGES = 90


@pytest.fixture
def con(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    """Marts and files of images whose effusions are bright discs."""
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    con = duckdb.connect()
    create_macros(con)
    con.execute("create schema marts")
    con.execute(
        "create table marts.dim_image as select 'chestxray14' as dataset, i::text as patient_id, i::text as study_id,"
        " i::text as image_id, i::text || '.png' as path, 'frontal' as view_class, null::text as split"
        f" from range({N_IMAGES}) as r (i)"
    )
    con.execute(
        "create table marts.training_label as select dataset, study_id, 'nih_nlp' as labeler, 'u_zeros' as policy,"
        " 'pleural_effusion' as finding, (i % 2)::tinyint as target"
        " from (select *, study_id::int as i from marts.dim_image)"
    )
    for i in range(N_IMAGES):
        image = rng.normal(90, 12, (64, 64)).clip(0, 255).astype(np.uint8)
        if i % 2:
            cv2.circle(image, (16, 48), 10, 230, -1)
        cv2.imwrite(str(tmp_path / f"{i}.png"), image)
    return con


def test_a_finished_cell_is_not_trained_again(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    chosen = TrainingSet(
        input="image", datasets=("chestxray14",), labeler="nih_nlp", policy="u_zeros", findings=("pleural_effusion",)
    )
    recipe = ImageRecipe(initial_weights="random", frozen_stages=0, epochs=1, batch_size=16, channels=1)
    cells = images.grid(recipe, ["test_efficientnet"], [32, 48])
    settings, out = Settings(threads=1, zoo=tmp_path / "zoo"), tmp_path / "study"
    first = images.run(con, settings, "resolution", chosen, tmp_path, cells[:1], out)
    made = (out / cells[0].name / "1.0.0" / "model.onnx").stat().st_mtime_ns
    both = images.run(con, settings, "resolution", chosen, tmp_path, cells, out)
    assert (out / cells[0].name / "1.0.0" / "model.onnx").stat().st_mtime_ns == made
    assert both["cells"][0] == first["cells"][0]
    assert [cell["resolution"] for cell in both["cells"]] == [32, 48]
    page = (out / images.PAGE_FILE).read_text()
    assert "published, 2048" in page
    assert "test_efficientnet_48" in page
    other = images.run(con, settings, "resolution", chosen, tmp_path, cells[:1], out, seed=1)
    assert (out / cells[0].name / "1.0.0" / "model.onnx").stat().st_mtime_ns > made
    assert other["cells"][0]["findings"]["pleural_effusion"] != first["cells"][0]["findings"]["pleural_effusion"]
    shutil.rmtree(out / cells[1].name)
    images.run(con, settings, "resolution", chosen, tmp_path, cells[1:], out)
    assert (out / cells[1].name / "1.0.0" / "model.onnx").exists()


def test_published_tables_are_the_sources() -> None:
    resolution = images.published("resolution")["published"]
    for size in ("256", "512", "1024", "2048", "ensemble"):
        rows = [row[size][0] for finding, row in resolution.items() if finding != "mean"]
        assert len(rows) == 14
        assert sum(rows) / len(rows) == pytest.approx(resolution["mean"][size][0], abs=0.0011)
    baseline = images.published("image-baseline")
    assert "atelectasis" not in baseline["published"]
    assert baseline["published"]["cardiomegaly"]["224"][2] == 0.8279
    assert "shifted by one row" in baseline["flag"]
