"""Attributions of a warehouse's images: a picture and a map of each, never beside the score of another; their boxes."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from benchmarks import attribution_boxes
from models.attribution.images import attribute_image
from models.attribution.output import AttributionResult
from models.attribution.store import Selection
from models.attribution.warehouse import attribute_images
from models.network import registry
from models.network.pixels import read_image
from models.scoring.items import ALL, fingerprint
from tests.support.square_network import CELL, FINDINGS, SIZE, picture, save, write_png
from warehouse.errors import WarehouseError

PLACES = {"a/1.png": (0, 0), "a/2.png": (2, 3), "3.png": (5, 1)}


@pytest.fixture(scope="module")
def zoo(tmp_path_factory):
    path = tmp_path_factory.mktemp("zoo")
    save(path, "activation_map")
    return path


@pytest.fixture
def imaged(con, settings, zoo, tmp_path):
    """Scored images: three with a bright square, one that is gone, one that is damaged."""
    described, network = registry.load("squares", zoo=zoo)
    registry.register(con, described)
    con.execute(
        "insert into score.score_run by name select 'r' as run_id, 'squares' as model, '1.0.0' as version, "
        "? as weights_sha, '0' as product_version, 'complete' as status, now() as started_at",
        [described.weights_sha],
    )
    for name, place in PLACES.items():
        write_png(tmp_path / "images" / name, picture(*place))
    (tmp_path / "images" / "damaged.png").write_text("text")
    for name in (*PLACES, "gone.png", "damaged.png"):
        con.execute(
            'insert into raw.chestxray14_image (run_id, source_file, "Image Index", "Finding Labels", "Follow-up #",'
            " \"Patient ID\") values ('r', 'f', ?, [], 0, 1)",
            [name],
        )
        file = tmp_path / "images" / name
        con.execute(
            "insert into score.scored_image values ('r', 'chestxray14', ?, ?, ?, null)",
            [name, *(fingerprint(file) if file.exists() else (1, 1))],
        )
        place = PLACES.get(name, (0, 0))
        for finding, probability in zip(FINDINGS, network.run(picture(*place)[np.newaxis])[0].tolist(), strict=True):
            con.execute(
                "insert into score.image_score values ('r', 'chestxray14', ?, 'squares', '1.0.0', ?, ?)",
                [name, finding, probability],
            )
    return con


def test_images_get_a_picture_and_a_map(imaged, settings, zoo, tmp_path):
    settings = replace(settings, zoo=zoo)

    def attribute(**more: object) -> AttributionResult:
        return attribute_images(
            imaged, {ALL: tmp_path / "images"}, tmp_path / "out", "squares", Selection(), settings=settings,
            shard_size=2, **more,
        )  # fmt: skip

    result = attribute()
    assert (result.n_chosen, result.n_items, result.n_attributions) == (5, 5, 3)
    assert result.codes == {"missing_file": 1, "not_an_image": 1}
    described, network = registry.load("squares", zoo=zoo)
    rows = imaged.sql("select item_id, finding, method, numbers_path, picture_path from score.attribution").fetchall()
    assert {row[:3] for row in rows} == {(name, "mass", "activation_map") for name in PLACES}
    for item, finding, _, numbers_path, picture_path in rows:
        assert Image.open(picture_path).size[0] > 2 * 512
        found = imaged.execute(
            "select map, probability from read_parquet(?) where image_id = ? and finding = ?",
            [numbers_path, item, finding],
        ).fetchall()
        grey = read_image(tmp_path / "images" / item, described.preprocessing)
        assert len(found) == 1
        np.testing.assert_array_equal(np.array(found[0][0], np.float32), attribute_image(network, grey).maps[0])
    again = attribute()
    assert (again.n_chosen, again.n_kept, again.n_items) == (5, 3, 2)  # the two that could not be read are tried again
    assert attribute(method="occlusion").n_attributions == 3
    assert imaged.sql("select distinct method from score.attribution").fetchall() == [("occlusion",)]


def test_an_image_is_never_shown_beside_the_score_of_another(imaged, settings, zoo, tmp_path):
    """Of one name in two folders one file is there: whose it is shows only when both images are looked for."""
    for patient in (1, 2):
        imaged.execute(
            "insert into raw.chexpert_image (run_id, source_file, Path) values ('r', 'f', ?)",
            [f"CheXpert/train/patient{patient}/view1.png"],
        )
    names = [row[0] for row in imaged.sql("select image_id from raw.image where dataset = 'chexpert'").fetchall()]
    assert len(names) == 2
    file = write_png(tmp_path / "chexpert" / "patient2" / "view1.png", picture(1, 1))
    for name in names:
        imaged.execute(
            "insert into score.scored_image values ('r', 'chexpert', ?, ?, ?, null)", [name, *fingerprint(file)]
        )
    imaged.execute(
        "insert into score.image_score select 'r', 'chexpert', image_id, 'squares', '1.0.0', 'mass', 0.9"
        " from raw.image where dataset = 'chexpert' and image_id like '%patient1%'"
    )
    result = attribute_images(
        imaged, {"chexpert": tmp_path / "chexpert"}, tmp_path / "out", "squares", Selection(),
        settings=replace(settings, zoo=zoo),
    )  # fmt: skip
    assert (result.n_chosen, result.codes) == (1, {"missing_file": 1})


def test_changed_images_are_left_out(imaged, settings, zoo, tmp_path):
    os.utime(tmp_path / "images" / "3.png", ns=(0, 0))
    result = attribute_images(
        imaged, {ALL: tmp_path / "images"}, tmp_path / "out", "squares", Selection(items=("3.png",)),
        settings=replace(settings, zoo=zoo),
    )  # fmt: skip
    assert (result.n_attributions, result.codes) == (0, {"changed_file": 1})


def test_boxes_hold_what_they_are_drawn_around(imaged, settings, zoo, tmp_path):
    settings = replace(settings, zoo=zoo)
    with pytest.raises(WarehouseError, match="no image with a box is attributed"):
        attribution_boxes.measure(imaged)
    attribute_images(
        imaged,
        {ALL: tmp_path / "images"},
        tmp_path / "out",
        "squares",
        Selection(),
        settings=replace(settings, zoo=zoo),
    )
    scale = 1024 / SIZE * CELL
    boxes = PLACES | {"3.png": (0, 4)}  # of this one it is elsewhere
    for name, (row, column) in boxes.items():
        imaged.execute(
            "insert into raw.chestxray14_box values ('r', 'f', 1, ?, 'Mass', ?, ?, ?, ?)",
            [name, column * scale, row * scale, 2 * scale, 2 * scale],
        )
    (found,) = attribution_boxes.measure(imaged)
    assert (found["model"], found["finding"], found["n_boxes"]) == ("squares", "mass", 3)
    assert found["share_inside"] == pytest.approx(2 / 3)
    assert found["hits"] == pytest.approx(2 / 3)
    assert found["share_of_area"] == pytest.approx((2 / 7) ** 2)
