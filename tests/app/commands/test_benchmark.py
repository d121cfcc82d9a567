"""``cxr benchmark`` on label files, without a warehouse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.commands import benchmark
from app.commands.benchmark import Request
from warehouse.config import Settings
from warehouse.errors import ConfigError


def rows(capsys: pytest.CaptureFixture[str], request: Request) -> list[dict]:
    benchmark.run(Settings(), request, published=False, as_json=True)
    return json.loads(capsys.readouterr().out)


def test_files_against_a_gold_file(paths, capsys):
    request = Request(paths["gold"], files=[(None, paths["mine"]), ("chexpert", paths["theirs"])], by_row=True)
    figures = {(row["labeler"], row["task"], row["finding"]): row["f1"] for row in rows(capsys, request)}
    assert figures["mine", "positive", "edema"] == 1.0
    assert figures["chexpert", "positive", "edema"] == 0.0
    assert figures["chexpert", "uncertainty", "edema"] == 1.0
    benchmark.run(Settings(), request, published=False, as_json=False)
    assert "chexpert against gold: positive, 3 studies" in " ".join(capsys.readouterr().out.split())


def test_files_against_each_other(paths, capsys):
    files = [(None, paths["mine"]), ("chexpert", paths["theirs"])]
    request = Request(paths["gold"], files=files, by_row=True, against="chexpert")
    (edema,) = [row for row in rows(capsys, request) if (row["task"], row["finding"]) == ("positive", "edema")]
    assert (edema["labeler_a"], edema["labeler_b"], edema["f1_difference"]) == ("mine", "chexpert", 1.0)
    benchmark.run(Settings(), request, published=False, as_json=False)
    assert "1 : 0" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("request_", "published", "message"),
    [
        (Request(None, files=[(None, Path("a.csv"))]), False, "needs a gold file"),
        (Request(Path("gold.csv")), True, "leave it out with --gold"),
    ],
)
def test_options_that_do_not_go_together(request_, published, message):
    with pytest.raises(ConfigError, match=message):
        benchmark.run(Settings(), request_, published=published, as_json=True)


def test_two_labelers_of_one_name(paths):
    request = Request(paths["gold"], files=[("a", paths["mine"]), ("a", paths["gold"])])
    with pytest.raises(ConfigError, match="NAME=PATH"):
        benchmark.run(Settings(), request, published=False, as_json=True)
