"""``load_source`` of DICOM trees: rows, rejected files, going on after a kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydicom.sequence import Sequence

from tests.support import ROOT
from tests.support.dicom_files import code, radiograph, save, shipped
from warehouse import schema, sources
from warehouse.config import Settings
from warehouse.connection import read_only, writing
from warehouse.dicom import tree
from warehouse.errors import SourceError
from warehouse.sources.dicom_header import DicomHeader

ID = "02aa804e-bde0afdd-112c0b34-7bc16630-4e384014"
SOURCE = sources.get("dicom")


def mimic(root: Path, n_studies: int = 2) -> Path:
    """Write a tree in MIMIC-CXR's layout, an image a study."""
    for i in range(n_studies):
        path = f"files/p10/p10000032/s{50414267 + i}/{i:08x}{ID[8:]}.dcm"
        save(radiograph(InstanceNumber=str(i), StudyTime=f"08055{i % 10}.875"), root / path)
    return root


def contents(con: duckdb.DuckDBPyConnection) -> dict[str, list[Any]]:
    times = "exclude (started_at, finished_at, seconds)"
    names = ("raw.dicom_header", "raw.rejected", "raw.load_file", "raw.load_run")
    return {
        name: con.sql(f"select * {times if name == 'raw.load_run' else ''} from {name} order by all").fetchall()
        for name in names
    }


def test_a_mimic_tree(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    done = sources.load_source(con, SOURCE, mimic(tmp_path / "mimic"), Settings(threads=1))
    assert (done.status, done.rows, done.n_rejected) == ("loaded", {"raw.dicom_header": 2}, 0)
    row = con.sql(
        'select path, dicom_id, subject_id, study_id, studied_at, "ViewPosition", "Rows", other_elements'
        " from raw.dicom_header order by path limit 1"
    ).fetchone()
    assert row is not None
    dicom_id = f"00000000{ID[8:]}"
    assert row[:4] == (f"files/p10/p10000032/s50414267/{dicom_id}.dcm", dicom_id, 10000032, 50414267)
    assert row[4:7] == (datetime(2180, 5, 6, 8, 5, 50, 875_000), "PA", 6)  # noqa: DTZ001
    assert "PixelData" not in json.loads(row[7])
    assert con.sql("select dataset, patient_id, image_id, path, view_position from raw.image order by path").fetchall()[
        0
    ] == ("mimic_cxr", "10000032", dicom_id, row[0], "PA")


def test_each_code_comes_from_its_own_sequence(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """The published metadata were made by position: without a view code the orientation slips into its column."""
    root = tmp_path / "files/p10/p10000032/s50414267"
    orientation = Sequence([code("Erect"), code("Recumbent")])
    save(radiograph(PatientOrientationCodeSequence=orientation), root / f"{ID}.dcm")
    codes = {"ViewCodeSequence": Sequence([code("lateral")]), "ProcedureCodeSequence": Sequence([code("CHEST")])}
    save(radiograph(**codes, ViewPosition=None), root / f"1{ID[1:]}.dcm")
    sources.load_source(con, SOURCE, tmp_path)
    columns = ("Procedure", "View", "PatientOrientation")
    selected = ", ".join(f'"{name}CodeSequence_CodeMeaning"' for name in columns)
    derived = con.sql(f'select {selected}, "ViewPosition", "StudyTime" from raw.mimic_cxr_dicom_metadata order by all')
    assert sorted(derived.fetchall(), key=str) == [
        ("CHEST", "lateral", None, None, 80556.875),
        (None, None, "Erect", "PA", 80556.875),
    ]
    kept = con.sql("select other_elements->'$.PatientOrientationCodeSequence[1].CodeMeaning' from raw.dicom_header")
    assert {json.loads(value) if value else None for (value,) in kept.fetchall()} == {None, "Recumbent"}


def test_published_metadata_count_before_headers(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    sources.load_source(con, SOURCE, mimic(tmp_path / "mimic"))
    con.execute(
        "insert into raw.mimic_cxr_jpg_metadata by name select 'x' as run_id, 'x' as source_file, dicom_id, subject_id,"
        " study_id, 'AP' as \"ViewPosition\" from raw.dicom_header order by dicom_id limit 1"
    )
    views = con.sql("select view_position, right(path, 4) from raw.image order by image_id").fetchall()
    assert views == [("AP", ".jpg"), ("PA", ".dcm")]


def test_other_trees_are_the_data_set_dicom(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    save(radiograph(), tmp_path / "own" / "a.dcm")
    save(radiograph(Rows=None, PixelData=None), tmp_path / "own" / "report.dcm")
    sources.load_source(con, SOURCE, tmp_path / "own")
    assert con.sql("from raw.image").fetchall() == [("dicom", "10000032", "1.2.3", "a.dcm", "a.dcm", "PA")]


def test_files_that_cannot_be_read_are_rows(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    root = mimic(tmp_path / "mimic", 1)
    whole = next(root.rglob("*.dcm")).read_bytes()
    (root / "text.dcm").write_text("FINDINGS: none of this is a DICOM file.\n" * 20)
    (root / "empty.dcm").touch()
    (root / "cut.dcm").write_bytes(whole[: len(whole) - 40])
    (root / "README").write_text("about")
    (root / "notes.txt").write_text("not looked at")
    (root / ".DS_Store").write_text("not looked at")
    (root / "gone.dcm").symlink_to(root / "nowhere")
    done = sources.load_source(con, SOURCE, root)
    assert done.rows == {"raw.dicom_header": 1}
    assert con.sql("select item, code from raw.rejected order by item").fetchall() == [
        ("README", "not_dicom"),
        ("cut.dcm", "truncated"),
        ("empty.dcm", "empty"),
        ("gone.dcm", "not_readable"),
        ("text.dcm", "not_dicom"),
    ]
    assert "FINDINGS" not in str(con.sql("select message from raw.rejected").fetchall())


def test_values_that_do_not_fit_their_column_stay_in_the_json(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    root = tmp_path / "own"
    save(radiograph(StudyDate="2180.05.06", PatientSex=["M", "F"], PixelSpacing=[0.5, 0.25]), root / "a.dcm")
    save(radiograph(StudyTime="25"), root / "b.dcm")
    save(radiograph(StudyTime=None), root / "c.dcm")
    sources.load_source(con, SOURCE, root)
    rows = con.sql('select "StudyDate", "PatientSex", studied_at, other_elements from raw.dicom_header order by path')
    first, *others = rows.fetchall()
    assert first[:3] == (None, None, None)
    other = json.loads(first[3])
    assert (other["StudyDate"], other["PatientSex"]) == ("2180.05.06", ["M", "F"])
    assert [row[2] for row in others] == [None, datetime(2180, 5, 6)]  # noqa: DTZ001
    assert con.sql('select "PixelSpacing" from raw.dicom_header order by path limit 1').fetchone() == ([0.5, 0.25],)


def test_loading_again_reads_only_what_changed(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = mimic(tmp_path / "mimic", 4)
    first = sources.load_source(con, SOURCE, root)
    before = contents(con)
    again = sources.load_source(con, SOURCE, root)
    assert (again.status, again.run_id, again.rows) == ("unchanged", first.run_id, first.rows)
    assert contents(con) == before
    _, changed, gone, _ = sorted(root.rglob("*.dcm"))
    save(radiograph(ViewPosition="LATERAL"), changed)
    os.utime(changed, ns=(1, 10**18))
    gone.unlink()
    save(radiograph(), root / "new.dcm")
    read = []
    from warehouse.sources import dicom

    real = dicom.read_batch
    monkeypatch.setattr(dicom, "read_batch", lambda layout, paths: read.extend(paths) or real(layout, paths))
    sources.load_source(con, SOURCE, root, Settings(threads=1))
    assert read == [changed.relative_to(root).as_posix(), "new.dcm"]
    paths = {path for (path,) in con.sql("select path from raw.dicom_header").fetchall()}
    assert paths == {path.relative_to(root).as_posix() for path in root.rglob("*.dcm")}
    fresh = tmp_path / "fresh.duckdb"
    with writing(fresh) as other:
        sources.load_source(other, SOURCE, root)
        assert contents(other) == contents(con)
    sources.load_source(con, SOURCE, mimic(tmp_path / "elsewhere", 1))
    assert con.sql("select count(*) from raw.dicom_header").fetchone() == (1,)
    assert con.sql("select count(*) from raw.load_run").fetchone() == (1,)


def test_a_file_of_the_same_size_and_another_time_is_read_again(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = save(radiograph(ViewPosition="PA"), tmp_path / "own" / "a.dcm")
    sources.load_source(con, SOURCE, tmp_path / "own")
    save(radiograph(ViewPosition="AP"), path)
    os.utime(path, ns=(1, 10**18))
    assert sources.load_source(con, SOURCE, tmp_path / "own").status == "loaded"
    assert con.sql('select "ViewPosition" from raw.dicom_header').fetchall() == [("AP",)]


KILLED = """
import sys, time
from pathlib import Path
from warehouse import sources
from warehouse.config import Settings
from warehouse.connection import writing
from warehouse.sources import dicom

def wait_half_way(step, done, total):
    if step == "read DICOM headers" and done >= int(sys.argv[3]):
        print("half-way", flush=True)
        time.sleep(60)

if __name__ == "__main__":
    dicom.BATCH, dicom._FILES_PER_PROCESS = 10, 20
    with writing(Path(sys.argv[1])) as con:
        sources.load_source(con, sources.get("dicom"), Path(sys.argv[2]), Settings(threads=2), wait_half_way)
"""


@pytest.mark.parametrize("n_done", [10, 40])
def test_a_killed_load_goes_on_where_it_stopped(tmp_path: Path, n_done: int) -> None:
    root = mimic(tmp_path / "mimic", 60)
    (root / "text.dcm").write_text("not DICOM" * 50)
    killed, undisturbed = tmp_path / "killed.duckdb", tmp_path / "undisturbed.duckdb"
    script = tmp_path / "load.py"
    script.write_text(KILLED)
    command = [sys.executable, script, killed, root, str(n_done)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    loading = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert loading.stdout is not None
    assert loading.stdout.readline() == "half-way\n"
    loading.send_signal(signal.SIGKILL)
    loading.wait()
    with read_only(killed) as con:
        assert con.sql("select status from raw.load_run").fetchall() == [("running",)]
        n_rows = con.sql("select count(*) from raw.dicom_header").fetchone()
        assert n_rows == (n_done,)
    for path in (killed, undisturbed):
        with writing(path) as con:
            assert sources.load_source(con, SOURCE, root).status == "loaded"
    with read_only(killed) as one, read_only(undisturbed) as other:
        assert contents(one) == contents(other)
        assert one.sql("select status, n_rows, n_rejected from raw.load_run").fetchall() == [("complete", 60, 1)]


def test_two_processes_give_the_rows_of_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "tree"
    root.mkdir()
    for i, path in enumerate(shipped()[:80]):
        (root / f"{i}.dcm").write_bytes(path.read_bytes())
    monkeypatch.setattr("warehouse.sources.dicom._FILES_PER_PROCESS", 20)
    monkeypatch.setattr("warehouse.sources.dicom.BATCH", 10)
    found = []
    for threads in (1, 2):
        with writing(tmp_path / f"{threads}.duckdb") as con:
            sources.load_source(con, SOURCE, root, Settings(threads=threads))
            found.append(contents(con))
    assert found[0] == found[1]


def test_the_walk_is_in_the_order_of_the_paths(tmp_path: Path) -> None:
    names = ["b/2.dcm", "b-c/1.dcm", "b.dcm", "a", "1.2.840.5", "Z.DICOM", "c/d/e.ima", "b/.x.dcm", "skip.txt", "x.jpg"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "c" / "loop").symlink_to(tmp_path)
    found = [file.path for file in tree.find(tmp_path)]
    assert found == sorted(["b/2.dcm", "b-c/1.dcm", "b.dcm", "a", "1.2.840.5", "Z.DICOM", "c/d/e.ima"])


def test_nothing_to_load_is_one_error(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no DICOM files"):
        sources.load_source(con, SOURCE, tmp_path)
    with pytest.raises(SourceError, match="does not exist"):
        sources.load_source(con, SOURCE, tmp_path / "absent")
    assert con.sql("select count(*) from raw.load_run").fetchone() == (0,)


def test_a_single_file(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert sources.load_source(con, SOURCE, save(radiograph(), tmp_path / "a.dcm")).rows == {"raw.dicom_header": 1}
    assert schema.grain(DicomHeader) == ["path"]
