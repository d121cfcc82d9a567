"""Image networks trained for real, small, on made-up radiographs: a bright disc is an effusion, a bar cardiomegaly."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import duckdb
import numpy as np
import pytest

from models.network import manifest, registry
from models.network.pixels import read_image
from models.training.image_recipe import ImageRecipe, make_recipe
from models.training.images import train_images
from models.training.int8 import quantize_held_out
from models.training.nets import torch
from models.training.nets.image_network import create_backbone
from models.training.patients import patient_folds
from models.training.pixel_cache import read_pixels
from models.training.publish import TrainResult
from models.training.sets import TrainingSet, expand_findings, read
from tests.support.discs import FINDINGS, RECIPE, draw
from tests.support.macros import create_macros
from warehouse.config import Settings
from warehouse.errors import ConfigError, SourceError, WarehouseError

CHOSEN = TrainingSet(input="image", datasets=("chestxray14",), labeler="nih_nlp", findings=FINDINGS)


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse's marts and 160 image files of two images a patient; the last is damaged, one more has no file."""
    root = tmp_path_factory.mktemp("images")
    rows, labels = [], []
    for i in range(161):
        image, targets = draw(i)
        rows.append(("chestxray14", f"p{i // 2}", f"s{i}", f"i{i}", f"{i:03}.png", "frontal", None))
        labels += [
            ("chestxray14", f"s{i}", "nih_nlp", "u_ignore", finding, target)
            for finding, target in zip(FINDINGS, targets, strict=True)
        ]
        if i < 159:
            cv2.imwrite(str(root / f"{i:03}.png"), image)
        elif i == 159:
            (root / f"{i:03}.png").write_bytes(b"not an image")
    with duckdb.connect(str(root / "warehouse.duckdb")) as con:
        create_macros(con)
        con.execute("create schema marts")
        con.execute(
            "create table marts.dim_image (dataset text, patient_id text, study_id text, image_id text, path text,"
            " view_class text, split text)"
        )
        con.execute(
            "create table marts.training_label (dataset text, study_id text, labeler text, policy text, finding text,"
            " target tinyint)"
        )
        con.executemany("insert into marts.dim_image values (?, ?, ?, ?, ?, ?, ?)", rows)
        con.executemany("insert into marts.training_label values (?, ?, ?, ?, ?, ?)", labels)
    return root


def run(folder: Path, zoo: Path, recipe: ImageRecipe = RECIPE, *, folds: int = 0) -> TrainResult:
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as con:
        return train_images(con, Settings(threads=1, zoo=zoo), CHOSEN, folder, recipe, folds=folds)


@pytest.fixture(scope="module")
def trained(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainResult:
    return run(folder, tmp_path_factory.mktemp("zoo"))


def test_learns_and_exports_what_it_measured(trained: TrainResult, folder: Path) -> None:
    assert trained.mean_auroc is not None
    assert trained.mean_auroc > 0.9
    assert (sum(trained.n_items.values()), trained.n_left_out) == (159, {"without_file": 1, "unreadable": 1})
    described, network = registry.load("image_findings", zoo=trained.folder.parents[1])
    assert described.findings == list(FINDINGS)
    assert described.training is not None
    assert described.training.recipe["flips"] == "none"
    assert "activation_map" in network.outputs
    assert isinstance(described.preprocessing, manifest.ImagePreprocessing)
    pixels = np.stack([read_image(folder / f"{i:03}.png", described.preprocessing) for i in range(20)])
    targets = np.array([draw(i)[1] for i in range(20)])
    assert ((network.run(pixels) > 0.5) == targets).mean() > 0.8
    card = (trained.folder / manifest.CARD_FILE).read_text()
    assert "Not a medical device" in card
    assert "159" not in json.loads((trained.folder / manifest.MANIFEST_FILE).read_text())["findings"]


def test_int8_is_measured_on_the_images_of_the_test_split(trained: TrainResult, folder: Path, tmp_path: Path) -> None:
    settings = Settings(warehouse=folder / "warehouse.duckdb", zoo=trained.folder.parents[1], threads=1)
    with pytest.raises(ConfigError, match="--images DIR"):
        quantize_held_out(settings, "image_findings", n_calibration=20, n_items=500)
    made = quantize_held_out(
        settings, "image_findings", images=folder, n_calibration=20, n_items=500, output=tmp_path, f1_bound=1
    )
    assert made.n_items == trained.n_items["test"]
    described = manifest.read(made.folder)
    assert described.quantization is not None
    assert described.quantization.n_calibration == 20


def test_the_same_seed_gives_the_same_metrics(trained: TrainResult, folder: Path, tmp_path: Path) -> None:
    again = run(folder, tmp_path)
    first, second = (manifest.read(result.folder).metrics for result in (trained, again))
    for finding, metrics in first.items():
        for name, value in metrics.model_dump().items():
            assert value == pytest.approx(second[finding].model_dump()[name], abs=1e-6)


def test_folds_measure_every_image_once(folder: Path, tmp_path: Path) -> None:
    result = run(folder, tmp_path, RECIPE.model_copy(update={"epochs": 2}), folds=2)
    described = manifest.read(result.folder)
    assert [metrics.n_items for metrics in described.metrics.values()] == [159, 159]
    assert "2-fold cross-validation split by patient" in described.metrics_in_words
    assert described.training is not None
    assert described.training.epochs == result.epochs


def test_patients_stay_in_one_fold(folder: Path) -> None:
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as con:
        items = read(con, CHOSEN)
    folds: dict[str, set[int]] = {}
    for patient, fold in zip(items.rows["patient_id"].to_pylist(), patient_folds(items.rows, 3).tolist(), strict=True):
        folds.setdefault(patient, set()).add(fold)
    assert all(len(found) == 1 for found in folds.values())
    assert set.union(*folds.values()) == {0, 1, 2}


def test_a_patient_in_two_splits_ends_the_run(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "warehouse.duckdb"
    copy.write_bytes((folder / "warehouse.duckdb").read_bytes())
    with duckdb.connect(str(copy)) as con:
        con.execute("update marts.dim_image set split = if(study_id = 's0', 'train', 'test')")
        with pytest.raises(WarehouseError, match="more than one split"):
            train_images(con, Settings(zoo=tmp_path), CHOSEN.model_copy(update={"split": "release"}), folder, RECIPE)


def test_a_folder_without_the_images_is_an_error(folder: Path, tmp_path: Path) -> None:
    with (
        duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as con,
        pytest.raises(SourceError, match="no image of the training set"),
    ):
        train_images(con, Settings(zoo=tmp_path), CHOSEN, tmp_path, RECIPE)


def test_decoding_goes_on_where_it_stopped(folder: Path, tmp_path: Path) -> None:
    files = sorted(folder.glob("*.png"))[:20]
    preprocessing = RECIPE.preprocessing()
    whole = read_pixels(files, preprocessing, tmp_path / "whole")
    (place,) = (tmp_path / "whole").iterdir()
    state = np.load(place / "state.npy", mmap_mode="r+")
    levels = np.load(place / "levels.npy", mmap_mode="r+")
    state[5:] = 0
    levels[5:] = 0
    state.flush()
    levels.flush()
    again = read_pixels(files, preprocessing, tmp_path / "whole", threads=2)
    assert np.array_equal(again.levels[7], read_image(files[7], preprocessing))
    assert again.is_readable.all()
    assert whole.is_readable.all()


def test_mistakes_are_one_line() -> None:
    with pytest.raises(ConfigError, match="no architecture 'resnet19'"):
        create_backbone("resnet19", 2, RECIPE.preprocessing())
    with pytest.raises(ConfigError, match="--epochs"):
        make_recipe(epochs=0)
    with pytest.raises(ConfigError, match="no finding 'heart'"):
        expand_findings(["heart"])
    assert len(expand_findings(["chestxray14", "no_finding"])) == 15


@pytest.mark.parametrize("name", ["chest-net", "../net", "Netz", "_net", "über"])
def test_a_name_that_will_not_do_is_said_before_the_work(name: str, folder: Path, tmp_path: Path) -> None:
    with (
        duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as con,
        pytest.raises(ConfigError, match="is no name for a network"),
    ):
        train_images(con, Settings(threads=1, zoo=tmp_path), CHOSEN, folder, RECIPE, name=name)
    assert not list(tmp_path.iterdir())
