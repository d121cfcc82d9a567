"""``cxr benchmark`` and ``cxr compare`` on label files, without a warehouse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.commands import benchmark, compare
from app.commands.benchmark import Request
from warehouse.config import Settings
from warehouse.errors import ConfigError

FILES = {
    "gold": "study_id,Edema,Fracture\n1,1,\n2,0,1\n3,-1,\n",
    "mine": "study_id,Edema,Fracture\n1,1,\n2,0,1\n3,,\n",
    "theirs": "Reports,Edema,Fracture\none,0,\ntwo,0,1\nthree,-1,\n",
}


@pytest.fixture
def paths(tmp_path: Path) -> dict[str, Path]:
    for name, content in FILES.items():
        (tmp_path / f"{name}.csv").write_text(content)
    return {name: tmp_path / f"{name}.csv" for name in FILES}


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


def test_compare(paths, capsys):
    compare.run(Settings(), str(paths["gold"]), str(paths["mine"]), ["edema"], of_mentions=False, as_json=True)
    (edema,) = json.loads(capsys.readouterr().out)
    assert (edema["n_studies"], edema["counts"]["uncertain"]["not_mentioned"]) == (3, 1)
    compare.run(Settings(), str(paths["gold"]), str(paths["mine"]), ["edema"], of_mentions=False, as_json=False)
    assert "not mentioned" in capsys.readouterr().out
    with pytest.raises(ConfigError, match="no finding 'oedema'"):
        compare.run(Settings(), *map(str, list(paths.values())[:2]), ["oedema"], of_mentions=False, as_json=True)


@pytest.mark.parametrize(
    ("request_", "published", "message"),
    [
        (Request(None, files=[(None, Path("a.csv"))]), False, "needs a gold file"),
        (Request(Path("gold.csv")), True, "Leave --gold out"),
    ],
)
def test_options_that_do_not_go_together(request_, published, message):
    with pytest.raises(ConfigError, match=message):
        benchmark.run(Settings(), request_, published=published, as_json=True)


def test_two_labelers_of_one_name(paths):
    request = Request(paths["gold"], files=[("a", paths["mine"]), ("a", paths["gold"])])
    with pytest.raises(ConfigError, match="NAME=PATH"):
        benchmark.run(Settings(), request, published=False, as_json=True)
