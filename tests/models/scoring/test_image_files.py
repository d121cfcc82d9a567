"""File mode of images: a row for every image, in order; what cannot be read is listed."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from models.scoring import Options, score_image_file
from tests.support import ROOT
from tests.support.image_networks import FINDINGS, WIDTH, add_network, draw
from warehouse.config import Settings
from warehouse.errors import ConfigError, SourceError
from warehouse.findings import findings

TINY = Options("tiny")
NAMES = [findings()[finding].name for finding in FINDINGS]

KILL = """
import os, signal, sys
from pathlib import Path
from models.scoring import Options, score_image_file
from warehouse.config import Settings

def kill(step, done, total):
    if done >= 100:
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    settings = Settings(zoo=Path(sys.argv[1]), threads=1)
    source, target = map(Path, sys.argv[2:])
    score_image_file(source, target, Options("tiny"), settings=settings, shard_size=32, progress=kill)
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    zoo = tmp_path_factory.mktemp("zoo")
    add_network(zoo)
    return Settings(zoo=zoo, threads=1)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_folder_at_any_depth(tmp_path, settings):
    folder = tmp_path / "images"
    for i, name in enumerate(("b.png", "a/deep/x.JPG", "a/y.tif", ".hidden.png")):
        draw(folder / name, i)
    (folder / "notes.txt").write_text("no image")
    result = score_image_file(folder, tmp_path / "scores.csv", TINY, settings=settings)
    assert (result.n_rows, result.n_failures, result.provider) == (3, 0, "CPUExecutionProvider")
    rows = read(tmp_path / "scores.csv")
    assert list(rows[0]) == ["image", *NAMES]
    assert [row["image"] for row in rows] == ["a/deep/x.JPG", "a/y.tif", "b.png"]
    assert all(0 <= float(row[name]) <= 1 for row in rows for name in NAMES)
    assert len({tuple(row.values())[1:] for row in rows}) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["images", "scores.csv"]


@pytest.mark.parametrize("column", ["image", "path", "filename", "Image"])
def test_a_list_in_its_order(tmp_path, settings, column, monkeypatch):
    """Paths are those of the list's folder, else of the working folder; twice the same file is two rows."""
    draw(tmp_path / "lists" / "one.png", 1)
    draw(tmp_path / "work" / "two.png", 2)
    monkeypatch.chdir(tmp_path / "work")
    lines = [f"x,{column}", "0,two.png", "1,one.png", f"2,{tmp_path / 'lists' / 'one.png'}", "", "3,gone.png"]
    (tmp_path / "lists" / "list.csv").write_text("\n".join(lines))
    result = score_image_file(tmp_path / "lists" / "list.csv", tmp_path / "out.csv", TINY, settings=settings)
    assert (result.n_rows, result.n_failures) == (4, 1)
    assert result.failures == ["gone.png: there is no such file"]
    rows = read(tmp_path / "out.csv")
    assert [Path(row["image"]).name for row in rows] == ["two.png", "one.png", "one.png", "gone.png"]
    assert list(rows[1].values())[1:] == list(rows[2].values())[1:] != list(rows[0].values())[1:]
    assert set(rows[3].values()) == {"gone.png", ""}
    assert read(tmp_path / "out.failures.csv") == [
        {"image": "gone.png", "code": "missing_file", "message": "there is no such file"}
    ]
    (tmp_path / "lists" / "list.csv").write_text("image\none.png\n")
    score_image_file(tmp_path / "lists" / "list.csv", tmp_path / "out.csv", TINY, settings=settings)
    assert not (tmp_path / "out.failures.csv").exists()


def test_an_image_has_the_same_scores_in_any_company(tmp_path, settings):
    for i in range(70):
        draw(tmp_path / "images" / f"{i:03d}.png", i)
    (tmp_path / "images" / "010.png").write_bytes(b"")
    score_image_file(tmp_path / "images", tmp_path / "all.csv", TINY, settings=settings, shard_size=50)
    for chosen in ([69], [3, 9, 11, 40], [40, 11, 9, 3]):
        (tmp_path / "list.csv").write_text("image\n" + "".join(f"images/{i:03d}.png\n" for i in chosen))
        score_image_file(tmp_path / "list.csv", tmp_path / "some.csv", TINY, settings=settings)
        together = read(tmp_path / "all.csv")
        for i, row in zip(chosen, read(tmp_path / "some.csv"), strict=True):
            assert [row[name] for name in NAMES] == [together[i][name] for name in NAMES]


def test_killed_and_rerun_equals_undisturbed(tmp_path, settings):
    for i in range(200):
        draw(tmp_path / "images" / f"{i:03d}.png", i)
    (tmp_path / "images" / "150.png").write_bytes(b"")
    score_image_file(tmp_path / "images", tmp_path / "undisturbed.csv", TINY, settings=settings)
    (tmp_path / "kill.py").write_text(KILL)
    command = [sys.executable, str(tmp_path / "kill.py"), str(settings.zoo)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([*command, tmp_path / "images", tmp_path / "out.csv"], env=environment, check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(list((tmp_path / "out.csv.parts").glob("shard-*.parquet"))) == 3
    assert not (tmp_path / "out.csv").exists()
    seen = []
    result = score_image_file(
        tmp_path / "images", tmp_path / "out.csv", TINY, settings=settings, shard_size=32,
        progress=lambda *step: seen.append(step[1]),
    )  # fmt: skip
    assert seen[0] > 96
    assert (result.n_rows, result.n_failures) == (200, 1)
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "undisturbed.csv").read_bytes()
    assert (tmp_path / "out.failures.csv").read_bytes() == (tmp_path / "undisturbed.failures.csv").read_bytes()
    assert not (tmp_path / "out.csv.parts").exists()


def test_embeddings_beside_the_scores(tmp_path, settings):
    for i in range(3):
        draw(tmp_path / "images" / f"{i}.png", i)
    (tmp_path / "images" / "1.png").write_bytes(b"")
    options = Options("tiny", ("probabilities", "embedding"))
    score_image_file(tmp_path / "images", tmp_path / "out.csv", options, settings=settings)
    rows = pq.read_table(tmp_path / "out.embeddings.parquet").to_pylist()
    assert [(row["image"], row["embedding"] and len(row["embedding"])) for row in rows] == [
        ("0.png", WIDTH), ("1.png", None), ("2.png", WIDTH),
    ]  # fmt: skip


def test_mistakes_leave_nothing_behind(tmp_path, settings):
    (tmp_path / "empty").mkdir()
    (tmp_path / "list.csv").write_text("file\nx.png\n")
    (tmp_path / "odd.csv").write_bytes(b"image\n\xff\xfe\xff\n")
    draw(tmp_path / "x.png")
    before = sorted(tmp_path.iterdir())
    for source, message in (
        ("empty", "no image files"), ("list.csv", "no column 'image'"), ("odd.csv", "cannot be read"),
        ("absent", "no such file"), ("x.png", "cannot be read"),
    ):  # fmt: skip
        with pytest.raises(SourceError, match=message) as error:
            score_image_file(tmp_path / source, tmp_path / "out.csv", TINY, settings=settings)
        assert "\n" not in str(error.value)
    for target, message in (("absent/out.csv", "cannot be written"), ("empty", "is a folder"), ("list.csv", "itself")):
        with pytest.raises(SourceError, match=message):
            score_image_file(tmp_path / "list.csv", tmp_path / target, TINY, settings=settings)
    with pytest.raises(ConfigError, match="reads reports, not images"):
        score_image_file(tmp_path, tmp_path / "out.csv", Options("report_findings"), settings=settings)
    assert sorted(tmp_path.iterdir()) == before


def test_odd_names_are_rows(tmp_path, settings):
    folder = tmp_path / "images"
    draw(folder / "a.png", 1)
    os.rename(os.fsencode(folder / "a.png"), os.fsencode(folder) + b"/r\xf6ntgen.png")  # noqa: PTH104  no text
    draw(folder / "b.png", 2)
    listed = tmp_path / "list.csv"
    listed.write_text(f"image\nimages/b.png\n{'x' * 300}.png\nimages/nul\0.png\n")
    for source, n_rows, n_failures in ((folder, 2, 1), (listed, 3, 2)):
        result = score_image_file(source, tmp_path / "scores.csv", Options("tiny"), settings=settings)
        assert (result.n_rows, result.n_failures) == (n_rows, n_failures)


def test_the_list_is_not_written_over_by_the_files_beside_the_scores(tmp_path, settings):
    draw(tmp_path / "a.png", 1)
    listed = tmp_path / "scores.failures.csv"
    listed.write_text("image\na.png\n")
    with pytest.raises(SourceError, match="is the input file itself"):
        score_image_file(listed, tmp_path / "scores.csv", Options("tiny"), settings=settings)
    assert listed.exists()
