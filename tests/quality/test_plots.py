"""Plots: where things are drawn, and that nothing breaks out of the SVG."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.figures import agreement, benchmark, row_labels, styles
from quality.plots import WIDTH, Point, Style, dot_panels, linear, share_log

SERIES = {"cxr": ("cxr", Style("ours", "circle")), "other": ("a <b> & c", Style("rules", "square", False))}


def test_scales() -> None:
    assert [linear(0, 1, 0.2).place(value) for value in (-1, 0, 0.5, 1, 2)] == [0, 0, 0.5, 1, 1]
    assert list(linear(0.5, 1, 0.1).ticks.values()) == ["0.5", "0.6", "0.7", "0.8", "0.9", "1.0"]
    assert [round(share_log().place(value), 3) for value in (0, 0.001, 0.01, 0.1, 1)] == [0, 0, 0.333, 0.667, 1]
    assert list(share_log().ticks.values()) == ["0.1%", "1%", "10%", "100%"]


@given(
    st.lists(
        st.builds(
            Point,
            panel=st.sampled_from(["p", "q"]),
            row=st.sampled_from(["r", "s"]),
            series=st.sampled_from(list(SERIES)),
            value=st.floats(0, 1),
            low=st.none() | st.floats(0, 1),
            high=st.none() | st.floats(0, 1),
        ),
        max_size=8,
    )
)
def test_every_point_is_drawn_inside(points: list[Point]) -> None:
    drawn = dot_panels(points, {"r": "R & D", "s": "S"}, {"p": "P", "q": "Q"}, SERIES, linear(0, 1, 0.2), "a < b")
    svg = ET.fromstring(drawn)
    height = float(svg.attrib["viewBox"].split()[3])
    titles = svg.findall(".//title")
    assert len(titles) == len(points)
    for line in svg.findall("line"):
        assert all(0 <= float(line.attrib[end]) <= WIDTH for end in ("x1", "x2"))
        assert all(0 <= float(line.attrib[end]) <= height for end in ("y1", "y2"))


def test_styles_tell_labelers_apart() -> None:
    kinds = {"cxr": "rules", "a": "rules", "b": "rules", "c": "rules", "d": "human", "e": "human", "f": "network"}
    given_styles = styles(kinds)
    assert len(set(given_styles.values())) == len(kinds)
    assert given_styles["cxr"].colour == "ours"


def test_rows_are_in_the_order_of_the_seed() -> None:
    assert list(row_labels(["macro", "edema", "no_finding"])) == ["no_finding", "edema", "macro"]


def test_agreement_is_a_grid() -> None:
    shared = {"dataset": "openi", "n_studies": 3, "positive_kappa": 0.5}
    rows = [
        shared | {"labeler_a": "a", "labeler_b": "b", "finding": "edema"},
        shared | {"labeler_a": "a", "labeler_b": "c", "finding": "mass"},
    ]
    (grid,) = agreement(rows)
    assert list(grid["pairs"]) == [("a", "b"), ("a", "c")]
    assert [[cell is not None for cell in row["cells"]] for row in grid["rows"]] == [[False, True], [True, False]]


@pytest.mark.parametrize(("is_published", "n_plots"), [(False, 1), (True, 0)])
def test_only_measured_gold_is_plotted(*, is_published: bool, n_plots: int) -> None:
    row = {"gold": "g", "labeler": "l", "task": "positive", "finding": "macro", "is_published": is_published}
    (arranged,) = benchmark([row | {"f1": 0.9, "f1_low": None, "f1_high": None}])
    assert len(arranged["plots"]) == n_plots
    assert arranged["averages"][0]["macro"]["f1"] == 0.9
    assert arranged["averages"][0]["micro"] is None
