"""Image networks trained for real, small, on made-up radiographs: a bright disc is an effusion, a bar cardiomegaly."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from models.network import manifest, registry
from models.network.pixels import read_image
from models.training.augment import Augmentation, augment
from models.training.fit_images import cross_validate, fit
from models.training.image_epochs import masked_loss
from models.training.image_examples import Examples, held_out_loss, predict
from models.training.image_recipe import ImageRecipe, make_recipe
from models.training.images import train_images
from models.training.nets import torch
from models.training.nets.image_network import ImageNetwork, create_backbone
from models.training.nets.weights import PACKAGED, initialize, packaged_state
from models.training.patients import patient_folds
from models.training.pixel_cache import read_pixels
from models.training.publish import TrainResult
from models.training.quantize import quantize_held_out
from models.training.sets import TrainingSet, expand_findings, read
from tests.support.macros import create_macros
from warehouse.config import Settings
from warehouse.errors import ConfigError, SourceError, WarehouseError

SIZE = 32
FINDINGS = ("pleural_effusion", "cardiomegaly")
RECIPE = ImageRecipe(
    architecture="test_resnet",
    initial_weights="random",
    resolution=SIZE,
    channels=1,
    frozen_stages=0,
    epochs=10,
    patience=10,
    batch_size=8,
    learning_rate=2e-3,
)
CHOSEN = TrainingSet(input="image", datasets=("chestxray14",), labeler="nih_nlp", findings=FINDINGS)


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def draw(i: int) -> tuple[np.ndarray, list[float]]:
    """Return a radiograph and whether it has a disc at the bottom left and a bar in the middle."""
    rng = np.random.default_rng(i)
    targets = (rng.random(2) < 0.4).astype(float).tolist()
    image = rng.normal(90, 12, (SIZE, SIZE)).clip(0, 255).astype(np.uint8)
    if targets[0]:
        cv2.circle(image, (8, 24), 5, 230, -1)
    if targets[1]:
        cv2.rectangle(image, (14, 6), (24, 10), 10, -1)
    return image, targets


def drawn(n: int) -> Examples:
    images, targets = zip(*(draw(i) for i in range(n)), strict=True)
    return Examples(np.stack(images), np.arange(n), np.array(targets, np.float32))


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


def test_one_vs_rest_has_a_network_for_each_finding() -> None:
    examples = drawn(48)
    recipe = RECIPE.model_copy(update={"outputs": "one_vs_rest", "epochs": 2})
    fitted = fit(recipe, examples, np.arange(32), np.arange(32, 48))
    assert len(fitted.epochs) == 2
    assert predict(fitted.network, examples, np.arange(5)).shape == (5, 2)


def test_cross_validation_never_predicts_what_it_trained_on() -> None:
    """Targets are noise: a network that had seen them would rank them above chance."""
    rng = np.random.default_rng(0)
    n = 96
    examples = Examples(
        rng.integers(0, 256, (n, SIZE, SIZE), dtype=np.uint8),
        np.arange(n),
        rng.integers(0, 2, (n, 1)).astype(np.float32),
    )
    found, epochs = cross_validate(RECIPE.model_copy(update={"epochs": 3}), examples, np.arange(n) % 2)
    assert 1 <= epochs[0] <= 3
    assert held_out_loss(found, examples.targets) > 0.6


@given(st.lists(st.tuples(st.floats(-5, 5), st.sampled_from([0.0, 1.0, float("nan")])), min_size=1, max_size=20))
def test_the_loss_ignores_what_has_no_target(pairs: list[tuple[float, float]]) -> None:
    logits, targets = torch.tensor(pairs, dtype=torch.float64).unbind(1)
    known = ~targets.isnan()
    loss = masked_loss(logits[:, None], targets[:, None])
    if known.any():
        expected = torch.nn.functional.binary_cross_entropy_with_logits(logits[known], targets[known])
        assert float(loss) == pytest.approx(float(expected), abs=1e-9)
    else:
        assert float(loss) == 0


@given(st.integers(0, 2**32 - 1))
@hypothesis_settings(deadline=None)
def test_no_augmentation_mirrors(seed: int) -> None:
    image = np.zeros((64, 64), np.uint8)
    image[24:40, 6:14] = 200
    changed = augment(image, Augmentation(), np.random.default_rng(seed)).astype(float)
    changed -= changed.min()
    assert changed[:, :32].sum() > changed[:, 32:].sum()


@pytest.mark.parametrize("architecture", ["test_resnet", "test_efficientnet"])
def test_the_activation_map_sums_to_the_logit(architecture: str) -> None:
    torch.manual_seed(0)
    preprocessing = make_recipe(architecture=architecture, resolution=64).preprocessing()
    network = ImageNetwork(create_backbone(architecture, 3, preprocessing), preprocessing).eval()
    pixels = torch.randint(0, 256, (2, 64, 64), dtype=torch.uint8)
    with torch.no_grad():
        probabilities, _, maps = network(pixels)
        logits = network.logits(pixels)
    bias = network.backbone.get_classifier().bias
    assert torch.allclose(maps.mean(dim=(2, 3)) + bias, logits, atol=1e-5)
    assert torch.allclose(logits.sigmoid(), probabilities, atol=1e-6)


def test_a_transformer_has_no_activation_map() -> None:
    preprocessing = make_recipe(architecture="test_vit", resolution=64).preprocessing()
    network = ImageNetwork(create_backbone("test_vit", 3, preprocessing), preprocessing).eval()
    assert network.outputs == ("probabilities", "embedding")


def test_packaged_weights_know_imagenet() -> None:
    """Batch normalisation's stored statistics are those of its inputs only if every tensor is where it belongs."""
    preprocessing = make_recipe(resolution=224).preprocessing()
    backbone = create_backbone(PACKAGED, 1000, preprocessing)
    backbone.load_state_dict(packaged_state(backbone))
    sklearn_datasets = pytest.importorskip("sklearn.datasets")
    names = {979: "valley", 985: "daisy", 698: "palace"}
    for image, wanted in zip(sklearn_datasets.load_sample_images().images, ("palace", "daisy"), strict=True):
        side = min(image.shape[:2])
        top, left = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
        square = cv2.resize(image[top : top + side, left : left + side], (224, 224), interpolation=cv2.INTER_AREA)
        levels = torch.from_numpy(square).permute(2, 0, 1)[None].float()
        with torch.no_grad():
            found = int(backbone.eval()((levels - 127) / 128).argmax())
        assert names[found] == wanted


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


def test_missing_weights_say_which_file_to_get(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    recipe = make_recipe(architecture="resnet18", resolution=64)
    with pytest.raises(ConfigError, match="--initial-weights FILE"):
        initialize(create_backbone("resnet18", 2, recipe.preprocessing()), "resnet18", "imagenet")


def test_mistakes_are_one_line() -> None:
    with pytest.raises(ConfigError, match="no architecture 'resnet19'"):
        create_backbone("resnet19", 2, RECIPE.preprocessing())
    with pytest.raises(ConfigError, match="--epochs"):
        make_recipe(epochs=0)
    with pytest.raises(ConfigError, match="no finding 'heart'"):
        expand_findings(["heart"])
    assert len(expand_findings(["chestxray14", "no_finding"])) == 15


@pytest.mark.parametrize("epochs", [1, 2, 5])
def test_few_images_are_enough(epochs: int) -> None:
    """One batch an epoch: a schedule of so many steps."""
    recipe = RECIPE.model_copy(update={"epochs": epochs})
    examples = drawn(recipe.batch_size + 4)
    everything = np.arange(len(examples))
    assert 1 <= fit(recipe, examples, everything[:-4], everything[-4:]).epochs[0] <= epochs


def test_a_loss_that_is_no_number_is_never_the_best() -> None:
    targets = np.array([[1, np.nan], [0, 1]], np.float32)
    assert np.isnan(held_out_loss(np.array([[np.nan, 0.5], [0.5, 0.5]], np.float32), targets))
    assert held_out_loss(np.array([[0.5, np.nan], [0.5, 0.5]], np.float32), targets) == pytest.approx(np.log(2))


@pytest.mark.parametrize("name", ["chest-net", "../net", "Netz", "_net", "über"])
def test_a_name_that_will_not_do_is_said_before_the_work(name: str, folder: Path, tmp_path: Path) -> None:
    with (
        duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as con,
        pytest.raises(ConfigError, match="is no name for a network"),
    ):
        train_images(con, Settings(threads=1, zoo=tmp_path), CHOSEN, folder, RECIPE, name=name)
    assert not list(tmp_path.iterdir())
