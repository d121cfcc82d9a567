"""Attributions of a warehouse: linked with their scores, made once, complete after a kill."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace

import duckdb
import numpy as np
import pytest
from PIL import Image

from benchmarks import attribution_boxes
from models.attribution import warehouse as attribution
from models.attribution.images import attribute_image
from models.attribution.store import Selection
from models.network import registry
from models.network.image_files import locate
from models.network.pixels import read_image
from models.scoring import score_reports
from models.scoring.items import ALL, fingerprint
from nlp import engines
from nlp.labeling.warehouse import label_warehouse
from tests.support import ROOT
from tests.support.square_network import CELL, FINDINGS, SIZE, picture, save, write_png
from warehouse.config import Settings
from warehouse.connection import writing
from warehouse.errors import ConfigError, WarehouseError

EFFUSED = Selection(findings=("pleural_effusion",))

KILL = """
import os, signal, sys
from pathlib import Path
from models.attribution.warehouse import attribute_reports
from models.attribution.store import Selection
from warehouse.config import Settings
from warehouse.connection import writing

settings = Settings(warehouse=Path(sys.argv[1]), threads=1)
chosen = Selection(findings=("pleural_effusion",))
stop = lambda step, done, total: done > int(sys.argv[3]) and os.kill(os.getpid(), signal.SIGKILL)
with writing(settings.warehouse, settings) as con:
    attribute_reports(con, Path(sys.argv[2]), "report_findings", chosen, settings=settings, shard_size=8, progress=stop)
"""


@pytest.fixture
def scored(con, settings):
    """Twelve reports in sections, scored."""
    con.execute("delete from raw.openi_report where uid[4:]::int >= 12")
    label_warehouse(con, engines.load("cxr"), settings=settings)
    score_reports(settings=settings)
    return con


def numbers(con: duckdb.DuckDBPyConnection) -> list[tuple]:
    """The numbers that the table links."""
    paths = [path for (path,) in con.sql("select distinct numbers_path from score.attribution order by 1").fetchall()]
    return con.execute(
        """
        select n.* from read_parquet(?, filename = true) as n semi join score.attribution as a
            on a.dataset = n.dataset and a.item_id = n.study_id and a.finding = n.finding
            and a.numbers_path = n.filename
        order by all
        """.replace("n.*", "n.* exclude (filename)"),
        [paths],
    ).fetchall()


def test_words_are_linked_with_their_scores_and_reports(scored, settings, tmp_path):
    result = attribution.attribute_reports(scored, tmp_path / "out", "report_findings", Selection(), settings=settings)
    thresholds = registry.load("report_findings")[0].thresholds
    expected = {
        (study, finding, probability)
        for study, finding, probability in scored.sql(
            "select study_id, finding, probability from score.report_score"
        ).fetchall()
        if probability >= thresholds[finding]
    }
    assert result.n_chosen == result.n_attributions == len(expected) > 0
    linked = scored.sql("select item_id, finding, probability from score.attribution").fetchall()
    assert set(linked) == expected
    rows = numbers(scored)
    assert {(study, finding, probability) for _, study, finding, probability, *_ in rows} == expected
    texts = dict(scored.sql("select study_id, text from raw.report").fetchall())
    best: dict[str, tuple[float, str]] = {}
    for _, study, finding, _, _, start, end, weight in rows:
        assert texts[study][start:end].split() == [texts[study][start:end]]
        assert "Rule out" not in texts[study][max(0, start - 5) : start]  # the indication is not scored
        if finding == "pleural_effusion":
            best[study] = max(best.get(study, (-9.0, "")), (weight, texts[study][start:end]))
    assert best
    assert {word for _, word in best.values()} <= {"effusion", "left", "pleural"}
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert [path.suffix for path in files] == [".parquet"]


def test_selections(scored, settings, tmp_path):
    def chosen(selection: Selection) -> list[tuple]:
        scored.execute("delete from score.attribution")
        attribution.attribute_reports(scored, tmp_path / "out", "report_findings", selection, settings=settings)
        query = "select finding, item_id from score.attribution order by probability desc, item_id"
        return scored.sql(query).fetchall()

    every = chosen(EFFUSED)
    assert len(every) == 12
    assert chosen(Selection(findings=("pleural_effusion",), top=3)) == every[:3]
    both = chosen(Selection(findings=("pleural_effusion", "edema"), items=("CXR3", "CXR5")))
    assert sorted(both) == sorted((f, i) for f in ("pleural_effusion", "edema") for i in ("CXR3", "CXR5"))
    assert chosen(Selection(datasets=("mimic_cxr",), findings=("edema",))) == []
    with pytest.raises(ConfigError, match="no finding 'scoliosis'"):
        chosen(Selection(findings=("scoliosis",)))


def test_done_ones_are_not_made_again_and_lost_ones_are(scored, settings, tmp_path):
    def attribute(output: str = "out", **more: object) -> attribution.AttributionResult:
        return attribution.attribute_reports(
            scored, tmp_path / output, "report_findings", EFFUSED, settings=settings, **more
        )

    assert (attribute().n_items, attribute().n_items) == (12, 0)
    assert attribute().n_chosen == 12
    before = numbers(scored)
    for file in (tmp_path / "out").rglob("*.parquet"):
        file.unlink()
    assert attribute().n_items == 12
    assert numbers(scored) == before
    assert attribute("elsewhere").n_items == 12
    assert scored.sql("select count(*) from score.attribution").fetchone() == (12,)
    paged = attribute("elsewhere", pages="html")
    assert paged.n_items == 12
    pages = list((tmp_path / "elsewhere").rglob("*.html"))
    assert len(pages) == 12
    assert all("contains the text of a report" in page.read_text() for page in pages)
    assert attribute("elsewhere").n_items == 0
    pages[0].unlink()
    assert attribute("elsewhere", pages="html").n_items == 1


def test_changed_reports_are_left_out_until_they_are_scored_again(scored, settings, tmp_path):
    def attribute() -> attribution.AttributionResult:
        return attribution.attribute_reports(scored, tmp_path, "report_findings", EFFUSED, settings=settings)

    attribute()
    scored.execute("update raw.openi_report set findings = 'Rib fracture.', impression = null where uid = 'CXR1'")
    scored.execute("delete from nlp.section where study_id = 'CXR1'")
    scored.execute("delete from score.attribution where item_id in ('CXR1', 'CXR2')")
    result = attribute()
    assert (result.n_items, result.n_attributions, result.codes) == (2, 1, {"changed_text": 1})
    score_reports(settings=settings)
    assert attribute().n_attributions == 1
    changed = [row for row in numbers(scored) if row[1] == "CXR1"]
    (text,) = scored.sql("select text from raw.report where study_id = 'CXR1'").fetchone()
    assert {text[row[5] : row[6]] for row in changed} >= {"Rib", "fracture"}


def test_scores_that_are_gone_are_forgotten(scored, settings, tmp_path):
    def attribute() -> attribution.AttributionResult:
        return attribution.attribute_reports(scored, tmp_path, "report_findings", EFFUSED, settings=settings)

    attribute()
    scored.execute("delete from score.report_score where study_id = 'CXR1'")
    scored.execute("update score.report_score set probability = 0.5 where study_id = 'CXR2'")
    assert attribute().n_items == 1
    remade = dict(scored.sql("select item_id, probability from score.attribution").fetchall())
    assert "CXR1" not in remade
    assert remade["CXR2"] == 0.5


@pytest.mark.parametrize("done", [0, 11])
def test_killed_and_rerun_equals_undisturbed(scored, settings, tmp_path, done):
    scored.execute("checkpoint")
    (tmp_path / "kill.py").write_text(KILL)
    tables = []
    for name in ("undisturbed", "killed"):
        copy = Settings(warehouse=tmp_path / f"{name}.duckdb", threads=1)
        shutil.copy(settings.warehouse, copy.warehouse)
        output = tmp_path / name
        if name == "killed":
            command = [sys.executable, tmp_path / "kill.py", copy.warehouse, output, str(done)]
            environment = os.environ | {"PYTHONPATH": str(ROOT)}
            assert subprocess.run(command, env=environment, check=False).returncode == -signal.SIGKILL
        with writing(copy.warehouse, copy) as con:
            kept = con.sql("select count(*) from score.attribution").fetchone()[0]
            assert kept == (8 if name == "killed" and done >= 8 else 0)
            result = attribution.attribute_reports(con, output, "report_findings", EFFUSED, settings=copy, shard_size=8)
            assert result.n_attributions == 12 - kept
            columns = "* exclude (numbers_path)"
            tables.append((numbers(con), con.sql(f"select {columns} from score.attribution order by all").fetchall()))
        assert not list(output.rglob("*.partial"))
    assert tables[0] == tables[1]


def test_what_is_not_scored_is_an_error(con, settings, tmp_path):
    with pytest.raises(WarehouseError, match=r"no score of report_findings .* Run 'cxr score reports"):
        attribution.attribute_reports(con, tmp_path, "report_findings", Selection(), settings=settings)
    with pytest.raises(ConfigError, match="reads reports, not images"):
        attribution.attribute_images(con, {ALL: tmp_path}, tmp_path, "report_findings", Selection(), settings=settings)


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

    def attribute(**more: object) -> attribution.AttributionResult:
        return attribution.attribute_images(
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
    result = attribution.attribute_images(
        imaged, {"chexpert": tmp_path / "chexpert"}, tmp_path / "out", "squares", Selection(),
        settings=replace(settings, zoo=zoo),
    )  # fmt: skip
    assert (result.n_chosen, result.codes) == (1, {"missing_file": 1})


def test_changed_images_are_left_out(imaged, settings, zoo, tmp_path):
    os.utime(tmp_path / "images" / "3.png", ns=(0, 0))
    result = attribution.attribute_images(
        imaged, {ALL: tmp_path / "images"}, tmp_path / "out", "squares", Selection(items=("3.png",)),
        settings=replace(settings, zoo=zoo),
    )  # fmt: skip
    assert (result.n_attributions, result.codes) == (0, {"changed_file": 1})


def test_boxes_hold_what_they_are_drawn_around(imaged, settings, zoo, tmp_path):
    settings = replace(settings, zoo=zoo)
    with pytest.raises(WarehouseError, match="no image with a box is attributed"):
        attribution_boxes.measure(imaged)
    attribution.attribute_images(
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


def test_files_are_found_by_path_else_by_name(tmp_path):
    for name in ("images_001/images/a.png", "deep/b.jpg", "c.png"):
        write_png(tmp_path / name, picture(0, 0))
    assert locate(tmp_path, ["a.png", "x/b.png", "c.png", "d.png"]) == [
        tmp_path / "images_001/images/a.png", tmp_path / "deep/b.jpg", tmp_path / "c.png", None,
    ]  # fmt: skip
