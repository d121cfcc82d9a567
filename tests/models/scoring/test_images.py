"""Scoring the images of a warehouse: every image once, whatever happens to its file or to the process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest
from PIL import Image

from models.network import registry
from models.network.pixels import read_image
from models.scoring import Options, batches, score_images, score_reports
from models.scoring.items import ALL
from tests.support import ROOT
from tests.support.image_networks import FINDINGS, SIZE, WIDTH, add_network, draw
from warehouse.config import Settings
from warehouse.connection import writing
from warehouse.errors import ConfigError, LockedError, SourceError, WarehouseError

TINY, WITH_EMBEDDING = Options("tiny"), Options("tiny", ("probabilities", "embedding"))
RUN = "run_id, model, version, weights_sha, provider, engine, status, n_items, n_failures"
TABLES = {
    "score_run": RUN, "scored_image": "* exclude (modified_ns)", "image_score": "*", "failure": "*", "embedding": "*",
    "model": "*",
}  # fmt: skip

KILL = """
import os, signal, sys
from pathlib import Path
from models.scoring import Options, score_images
from warehouse.config import Settings

def kill(step, done, total):
    if step.startswith(sys.argv[3]) and done >= int(sys.argv[4]):
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    settings = Settings(warehouse=Path(sys.argv[1]), zoo=Path(sys.argv[2]), threads=2)
    score_images(
        {"": Path(sys.argv[5])}, Options("tiny", ("probabilities", "embedding")), settings=settings, shard_size=32,
        progress=kill,
    )
"""


def insert(con: duckdb.DuckDBPyConnection, names: list[str], dataset: str = "chestxray14") -> None:
    """Insert images of ChestX-ray14, or of JSRT-like data sets whose tables are of single images."""
    assert dataset == "chestxray14"
    con.executemany(
        "insert into raw.chestxray14_image by name select 'r' as run_id, 'f' as source_file, ? as \"Image Index\","
        ' ? as "Patient ID", 0 as "Follow-up #"',
        [(name, i) for i, name in enumerate(names)],
    )


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("zoo")
    add_network(folder)
    return folder


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("images")
    for i in range(300):
        draw(folder / f"{i:08d}_000.png", i)
    return folder


@pytest.fixture
def settings(tmp_path: Path, zoo: Path) -> Settings:
    return Settings(warehouse=tmp_path / "warehouse.duckdb", threads=1, zoo=zoo)


@pytest.fixture
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with writing(settings.warehouse, settings) as con:
        yield con


def contents(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple]]:
    return {
        name: sorted(con.sql(f"select {columns} from score.{name}").fetchall(), key=repr)
        for name, columns in TABLES.items()
    }


def test_every_image_has_the_probabilities_of_the_network(con, settings, images):
    names = [f"{i:08d}_000.png" for i in range(40)]
    insert(con, names)
    result = score_images({ALL: images}, TINY, settings=settings)
    assert (result.n_scored, result.n_items, result.n_failures) == (40, 40, 0)
    described, network = registry.load("tiny", zoo=settings.zoo)
    alone = np.zeros((batches.n_rows(network.preprocessing, network.provider), SIZE, SIZE), np.uint8)
    alone[0] = read_image(images / names[7], network.preprocessing)
    stored = con.execute("select finding, probability from score.image_score where image_id = ?", [names[7]])
    expected = dict(zip(described.findings, network.run(alone)[0].astype(np.float64).tolist(), strict=True))
    assert dict(stored.fetchall()) == expected
    assert con.sql("select count(*) from score.image_score").fetchone() == (40 * len(FINDINGS),)
    assert con.sql(f"select {RUN} from score.score_run").fetchall() == [
        (result.run_id, "tiny", "1.0.0", described.weights_sha, "CPUExecutionProvider", "local", "complete", 40, 0)
    ]
    before = contents(con)
    assert score_images({ALL: images}, TINY, settings=settings).n_scored == 0
    assert contents(con) == before


def test_shards_and_processes_do_not_change_scores(tmp_path, zoo, images):
    found = []
    for threads, shard_size in ((1, 512), (2, 7)):
        settings = Settings(warehouse=tmp_path / f"{threads}.duckdb", threads=threads, zoo=zoo)
        with writing(settings.warehouse, settings) as con:
            insert(con, [f"{i:08d}_000.png" for i in range(150)])
        score_images({ALL: images}, WITH_EMBEDDING, settings=settings, shard_size=shard_size)
        with writing(settings.warehouse, settings) as con:
            found.append(contents(con))
    assert found[0] == found[1]


def test_what_cannot_be_read_is_a_failure_and_is_tried_again_when_it_can(con, settings, tmp_path):
    folder = tmp_path / "files"
    for i, name in enumerate(("good.png", "gone.png", "empty.png", "text.png", "cut.png")):
        draw(folder / name, i)
    (folder / "gone.png").unlink()
    (folder / "empty.png").write_bytes(b"")
    (folder / "text.png").write_text("no image")
    (folder / "cut.png").write_bytes((folder / "cut.png").read_bytes()[:200])
    insert(con, ["good.png", "gone.png", "empty.png", "text.png", "cut.png"])
    result = score_images({ALL: folder}, WITH_EMBEDDING, settings=settings)
    assert (result.n_scored, result.n_items, result.n_failures) == (5, 1, 4)
    failures = dict(con.sql("select item_id, code from score.failure").fetchall())
    assert failures == {
        "gone.png": "missing_file", "empty.png": "empty_file", "text.png": "not_an_image", "cut.png": "truncated",
    }  # fmt: skip
    assert con.sql("select distinct image_id from score.image_score").fetchall() == [("good.png",)]
    assert score_images({ALL: folder}, WITH_EMBEDDING, settings=settings).n_scored == 0
    draw(folder / "gone.png", 1)
    draw(folder / "cut.png", 4)
    result = score_images({ALL: folder}, WITH_EMBEDDING, settings=settings)
    assert (result.n_scored, result.n_items, result.n_failures) == (2, 3, 2)
    (folder / "good.png").unlink()
    assert score_images({ALL: folder}, WITH_EMBEDDING, settings=settings).n_items == 3


def test_changed_new_and_vanished_images(con, settings, images, tmp_path):
    folder = tmp_path / "files"
    for i in range(6):
        draw(folder / f"{i}.png", i)
    insert(con, [f"{i}.png" for i in range(5)])
    score_images({ALL: folder}, WITH_EMBEDDING, settings=settings)
    draw(folder / "1.png", 99, size=(50, 50))
    con.execute("""delete from raw.chestxray14_image where "Image Index" = '2.png'""")
    insert(con, ["5.png"])
    assert score_images({ALL: folder}, WITH_EMBEDDING, settings=settings).n_scored == 2
    incremental = contents(con)
    for name in TABLES:
        con.execute(f"delete from score.{name}")
    score_images({ALL: folder}, WITH_EMBEDDING, settings=settings)
    assert contents(con) == incremental


@pytest.mark.parametrize(("step", "after"), [("score", 100), ("store", 2), ("store", 10)])
def test_killed_and_rerun_equals_undisturbed(tmp_path, zoo, images, step, after):
    """In the middle of scoring, with a pool at work, and between the transactions of storing."""
    (tmp_path / "kill.py").write_text(KILL)
    tables = []
    for name in ("undisturbed", "killed"):
        settings = Settings(warehouse=tmp_path / f"{name}.duckdb", threads=2, zoo=zoo)
        with writing(settings.warehouse, settings) as con:
            insert(con, sorted(path.name for path in images.iterdir()))
        if name == "killed":
            command = [sys.executable, str(tmp_path / "kill.py"), str(settings.warehouse), str(zoo), step, str(after)]
            environment = os.environ | {"PYTHONPATH": str(ROOT)}
            done = subprocess.run([*command, str(images)], env=environment, check=False)
            assert done.returncode == -signal.SIGKILL
            left = len(list(tmp_path.glob("killed.duckdb.scores/*/shard-*.parquet")))
            assert left == (3 if step == "score" else 10 - after)
        result = score_images({ALL: images}, WITH_EMBEDDING, settings=settings, shard_size=32)
        assert result.n_items == 300
        if name == "killed":
            assert result.n_scored == (300 - 96 if step == "score" else 0)
        with writing(settings.warehouse, settings) as con:
            tables.append(contents(con))
            assert con.sql("select provider from score.score_run").fetchall() == [("CPUExecutionProvider",)]
        assert not (tmp_path / f"{name}.duckdb.scores").exists()
    assert tables[0] == tables[1]


def test_an_embedding_of_a_file_that_has_gone_is_not_tried_again(con, settings, images, tmp_path):
    insert(con, ["00000000_000.png", "00000001_000.png"])
    score_images({ALL: images}, TINY, settings=settings)
    folder = tmp_path / "left"
    folder.mkdir()
    (folder / "00000000_000.png").write_bytes((images / "00000000_000.png").read_bytes())
    assert score_images({ALL: folder}, WITH_EMBEDDING, settings=settings).n_scored == 1
    assert score_images({ALL: folder}, WITH_EMBEDDING, settings=settings).n_scored == 0


def test_embeddings_can_be_added_and_compared_in_sql(con, settings, images):
    insert(con, [f"{i:08d}_000.png" for i in range(20)])
    score_images({ALL: images}, TINY, settings=settings)
    before = con.sql("from score.image_score order by all").fetchall()
    assert score_images({ALL: images}, WITH_EMBEDDING, settings=settings).n_scored == 20
    assert con.sql("from score.image_score order by all").fetchall() == before
    assert (
        con.sql("select typeof(embedding), len(embedding) from score.embedding").fetchall() == [("FLOAT[]", WIDTH)] * 20
    )
    nearest = con.sql("""
        select b.item_id, list_cosine_similarity(a.embedding, b.embedding) as similarity
        from score.embedding as a join score.embedding as b using (dataset, model, version)
        where a.item_id = '00000003_000.png' order by similarity desc
    """).fetchall()
    assert nearest[0] == ("00000003_000.png", pytest.approx(1))
    assert all(-1 <= similarity < 1 - 1e-6 for _, similarity in nearest[1:])
    assert score_images({ALL: images}, WITH_EMBEDDING, settings=settings).n_scored == 0


def test_a_data_set_without_a_file_is_left_out_unless_it_is_named(con, settings, images):
    insert(con, ["00000001_000.png"])
    con.execute(
        "insert into raw.padchest_image by name select 'r' as run_id, 'f' as source_file, 'x.png' as \"ImageID\","
        " '0' as \"ImageDir\", 's' as \"StudyID\""
    )
    assert score_images({ALL: images}, TINY, settings=settings).n_items == 1
    for wanted, folders in ((["padchest"], {ALL: images}), ([], {"padchest": images})):
        with pytest.raises(SourceError, match="none of the 1 images of 'padchest' is here"):
            score_images(folders, TINY, settings=settings, wanted=wanted)
    assert con.sql("select distinct dataset from score.scored_image").fetchall() == [("chestxray14",)]


def test_mistakes(con, settings, images, tmp_path):
    insert(con, ["00000001_000.png"])
    with pytest.raises(ConfigError, match="--images"):
        score_images({}, TINY, settings=settings)
    with pytest.raises(ConfigError, match="no such folder"):
        score_images({ALL: tmp_path / "absent"}, TINY, settings=settings)
    with pytest.raises(SourceError, match="no image of the warehouse is here"):
        score_images({ALL: settings.zoo}, TINY, settings=settings)
    with pytest.raises(WarehouseError, match=r"no data set 'other'\. There are: chestxray14"):
        score_images({"other": images}, TINY, settings=settings)
    con.execute(
        "insert into raw.padchest_image by name select 'r' as run_id, 'f' as source_file, '1.png' as \"ImageID\""
    )
    with pytest.raises(ConfigError, match="no folder of the images of 'chestxray14'"):
        score_images({"padchest": images}, TINY, settings=settings, wanted=["chestxray14"])
    with pytest.raises(ConfigError, match="reads images, not reports"):
        score_reports(TINY, settings=settings)
    with pytest.raises(ConfigError, match="does not give its activation_map"):
        score_reports(Options("report_findings", ("probabilities", "activation_map")), settings=settings)
    with pytest.raises(ConfigError, match="Known: local, ray"):
        score_images({ALL: images}, Options("tiny", engine="spark"), settings=settings)
    with pytest.raises(ConfigError, match=r"Known: tiny@1\.0\.0, .*report_findings"):
        score_images({ALL: images}, Options("other"), settings=settings)
    with pytest.raises(ConfigError, match="CUDAExecutionProvider"):
        score_images({ALL: images}, Options("tiny", provider="cuda"), settings=settings)
    assert con.sql("select count(*) from score.score_run").fetchone() == (0,)
    assert not settings.warehouse.with_name("warehouse.duckdb.scores").exists()


def test_the_warehouse_is_free_while_images_are_scored(settings, images):
    with writing(settings.warehouse, settings) as con:
        insert(con, ["00000001_000.png"])
    seen = []

    def look(step: str, done: int, total: int) -> None:
        if step.startswith("score"):
            # another process could; in this one a second configuration is refused while a connection is open
            with duckdb.connect(str(settings.warehouse), read_only=True) as reader:
                seen.append(reader.sql("select status from score.score_run").fetchone())
            with pytest.raises(LockedError, match="is being scored by another process"):
                score_images({ALL: images}, TINY, settings=settings)

    score_images({ALL: images}, TINY, settings=settings, progress=look)
    assert seen == [("running",)]


def test_an_image_of_another_form_is_found(con, settings, tmp_path):
    draw(tmp_path / "files" / "a" / "00000001_000.jpg", 1)
    insert(con, ["00000001_000.png"])
    assert score_images({ALL: tmp_path / "files"}, TINY, settings=settings).n_items == 1


def test_grey_and_colour_of_one_picture_agree(con, settings, tmp_path):
    grey = Image.open(draw(tmp_path / "files" / "grey.png", 5)).convert("L")
    grey.convert("RGB").save(tmp_path / "files" / "colour.png")
    insert(con, ["grey.png", "colour.png"])
    score_images({ALL: tmp_path / "files"}, TINY, settings=settings)
    assert con.sql("select count(distinct probability) from score.image_score").fetchone() == (len(FINDINGS),)
