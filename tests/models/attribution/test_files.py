"""Attributions of files: what is read, and what is written."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from models.attribution import files
from models.network import registry
from models.network.pixels import read_image
from tests.support.square_network import picture, save, write_png
from warehouse.config import Settings
from warehouse.errors import SourceError

PLACES = {"a/1.png": (0, 0), "a/2.png": (2, 3), "b.png": (5, 1)}


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    zoo = tmp_path_factory.mktemp("zoo")
    save(zoo, "activation_map")
    return Settings(zoo=zoo, threads=1)


@pytest.fixture
def images(tmp_path):
    for name, place in PLACES.items():
        write_png(tmp_path / "images" / name, picture(*place))
    return tmp_path / "images"


def test_each_image_has_its_probability_and_its_rows_are_written_by_batch(images, settings, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_IMAGES", 2)
    described, network = registry.load("squares", zoo=settings.zoo)
    for method in ("activation_map", "occlusion"):
        output = tmp_path / method
        files.attribute_images(images, output, "squares", ["mass"], settings=settings, method=method)
        file = pq.ParquetFile(output / files.NUMBERS_FILE)
        assert file.num_row_groups == 2
        rows = file.read().to_pylist()
        assert [row["image"] for row in rows] == list(PLACES)
        for row in rows:
            grey = read_image(images / row["image"], described.preprocessing)
            assert row["probability"] == network.run(grey[None])[0, 0]
            assert (output / row["picture"]).exists()


def test_what_it_wrote_and_what_is_hidden_is_not_read(images, settings):
    write_png(images / ".cache" / "hidden.png", picture(0, 0))
    for _ in range(2):
        made = files.attribute_images(images, images / "why", "squares", ["mass"], settings=settings)
        assert made.n_items == len(PLACES)
    with pytest.raises(SourceError, match="is the folder of the images"):
        files.attribute_images(images, images / "a" / "..", "squares", settings=settings)


def test_a_source_that_cannot_be_read_leaves_nothing(tmp_path):
    with pytest.raises(SourceError, match="no such file"):
        files.attribute_reports(
            tmp_path / "absent.csv", tmp_path / "why", "report_findings", settings=Settings(threads=1),
            read_passages=lambda text: [(0, text)],
        )  # fmt: skip
    assert not list(tmp_path.iterdir())
