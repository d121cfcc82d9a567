"""Maps peak where the truth is known to be, by either method, and boxes are found again in the network's square."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from models.attribution.boxes import Box, on_square, share_inside
from models.attribution.images import GRID, attribute_image
from models.attribution.picture import PANEL, draw
from models.network import registry
from models.network.inference import logit
from tests.support.square_network import CELL, FINDINGS, SIZE, picture, save
from warehouse.errors import ConfigError

METHODS = ("activation_map", "occlusion")
PLACES = st.tuples(st.integers(0, SIZE // CELL - 2), st.integers(0, SIZE // CELL - 2))


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """The network with an activation map, and the same without."""
    found = {}
    for method in METHODS:
        zoo = tmp_path_factory.mktemp(method)
        save(zoo, method)
        found[method] = registry.load("squares", zoo=zoo)[1]
    return found


def square(row: int, column: int) -> Box:
    return on_square(Box(column * CELL, row * CELL, (column + 2) * CELL, (row + 2) * CELL), SIZE, SIZE, "pad")


@pytest.mark.parametrize("method", METHODS)
@hypothesis_settings(max_examples=12, deadline=None)
@given(place=PLACES)
def test_the_map_peaks_in_the_square_that_decides(networks, method, place):
    found = attribute_image(networks[method], picture(*place))
    assert found.method == method
    mass, effusion = found.maps
    n_rows, n_columns = mass.shape
    row, column = np.unravel_index(mass.argmax(), mass.shape)
    box = square(*place)
    assert box.top <= (row + 0.5) / n_rows <= box.bottom
    assert box.left <= (column + 0.5) / n_columns <= box.right
    assert share_inside(mass, box) > {"activation_map": 0.99, "occlusion": 0.4}[method]
    np.testing.assert_allclose(effusion, -mass, atol=1e-2)


def test_cells_of_an_activation_map_add_up_to_the_logit(networks):
    pixels = picture(2, 3)
    maps = attribute_image(networks["activation_map"], pixels).maps
    logits = logit(networks["activation_map"].run(pixels[np.newaxis]))[0]
    np.testing.assert_allclose(maps.sum(axis=(1, 2)) + np.array([-3.0, 1.0]), logits, atol=1e-3)


def test_occlusion_is_the_drop_of_the_logit(networks):
    network, pixels = networks["occlusion"], picture(0, 0)
    maps = attribute_image(network, pixels).maps
    assert maps.shape == (len(FINDINGS), GRID, GRID)
    side = SIZE // GRID
    hidden = pixels.copy()
    hidden[4 * side : 7 * side, 1 * side : 4 * side] = round(pixels.mean())
    both = logit(network.run(np.stack([pixels, hidden])))
    np.testing.assert_allclose(maps[:, 5, 2], both[0] - both[1], atol=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_an_even_image_has_an_even_map(networks, method):
    maps = attribute_image(networks[method], np.full((SIZE, SIZE), 60, np.uint8)).maps
    np.testing.assert_allclose(maps, 0, atol=1e-5)


def test_methods_can_be_named(networks):
    named = attribute_image(networks["activation_map"], picture(1, 1), "occlusion")
    assert named.method == "occlusion"
    np.testing.assert_allclose(named.maps, attribute_image(networks["occlusion"], picture(1, 1)).maps, atol=1e-5)
    with pytest.raises(ConfigError, match="no activation map"):
        attribute_image(networks["occlusion"], picture(1, 1), "activation_map")
    with pytest.raises(ConfigError, match="reads reports"):
        attribute_image(registry.load("report_findings")[1], picture(1, 1))


@given(st.floats(0, 1), st.floats(0, 1))
def test_log_odds_are_finite_and_rise(first, second):
    low, high = sorted((first, second))
    assert np.isfinite(logit(np.array([low, high]))).all()
    assert logit(np.float64(low)) <= logit(np.float64(high))
    assert logit(np.float64(0.5)) == 0


@pytest.mark.parametrize(
    ("fit", "expected"),
    [
        ("stretch", Box(0.25, 0.0, 0.5, 1.0)),
        ("pad", Box(0.25, 0.25, 0.5, 0.75)),
        ("crop", Box(0.0, 0.0, 0.5, 1.0)),
    ],
)
def test_a_box_of_an_image_twice_as_wide_as_high(fit, expected):
    assert on_square(Box(50, 0, 100, 100), 100, 200, fit) == expected


GRIDS = st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32 - 1))
EDGES = st.lists(st.floats(0, 1), min_size=4, max_size=4)


@given(GRIDS, EDGES)
def test_the_share_inside_a_box_and_its_complement_add_up(grid, edges):
    n_rows, n_columns, seed = grid
    weights = np.random.default_rng(seed).normal(size=(n_rows, n_columns))
    (left, right), (top, bottom) = sorted(edges[:2]), sorted(edges[2:])
    if weights.max() <= 0:
        assert np.isnan(share_inside(weights, Box(left, top, right, bottom)))
        return
    share = share_inside(weights, Box(left, top, right, bottom))
    assert -1e-9 <= share <= 1 + 1e-9
    rest = [
        Box(0, 0, 1, top), Box(0, bottom, 1, 1), Box(0, top, left, bottom), Box(right, top, 1, bottom)
    ]  # fmt: skip
    assert share + sum(share_inside(weights, box) for box in rest) == pytest.approx(1)


@given(EDGES)
def test_an_even_map_has_the_share_of_the_area(edges):
    (left, right), (top, bottom) = sorted(edges[:2]), sorted(edges[2:])
    assert share_inside(np.ones((7, 5)), Box(left, top, right, bottom)) == pytest.approx(
        (right - left) * (bottom - top)
    )


def test_a_picture_shows_the_image_and_colours_where_the_map_is():
    pixels = picture(1, 4)
    weights = np.zeros((7, 7), np.float32)
    weights[1:3, 4:6], weights[6, 0] = 2, -2
    drawn = np.asarray(draw(pixels, weights, "Mass  0.90", "note")).astype(int)
    scale = PANEL / SIZE
    top, left = 56, 16 + PANEL + 16

    def at(row: float, column: float, start: int = left) -> np.ndarray:
        return drawn[round(top + row * scale), round(start + column * scale)]

    red, green, blue = at(2 * CELL, 5 * CELL)
    assert red > green > blue
    red, green, blue = at(SIZE - CELL / 2, CELL / 2)
    assert blue > green > red
    assert len(set(at(5 * CELL, 5 * CELL))) == 1
    assert len(set(at(2 * CELL, 5 * CELL, 16))) == 1
    assert (drawn[:top, :] < 128).any()


def test_a_picture_of_a_map_without_weights_is_grey():
    drawn = np.asarray(draw(picture(0, 0), np.zeros((7, 7), np.float32), "", ""))
    panel = drawn[56 : 56 + PANEL, 32 + PANEL : 32 + 2 * PANEL]
    assert (panel == panel[..., :1]).all()
