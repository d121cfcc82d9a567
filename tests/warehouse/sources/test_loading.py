"""Whole loads on small trees in the published layout: all or nothing, once, replaceable."""

import gzip
import io
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import duckdb
import pytest

from warehouse import schema, sources
from warehouse.config import Settings
from warehouse.connection import read_only, writing
from warehouse.errors import ConfigError, SourceError

NIH_HEADER = (
    "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,"
    "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y]"
)

REPORT = """<?xml version="1.0" encoding="utf-8"?>
<eCitation><uId id="CXR{n}"/><pmcId id="{n}"/><articleDate>2013-08-01</articleDate>
<MedlineCitation><Article><Abstract>
<AbstractText Label="COMPARISON"/><AbstractText Label="INDICATION">Cough.</AbstractText>
<AbstractText Label="FINDINGS">{findings}</AbstractText><AbstractText Label="IMPRESSION">None.</AbstractText>
</Abstract><Language>eng</Language></Article></MedlineCitation>
<MeSH>{majors}<automatic>Lung</automatic></MeSH>
<parentImage id="CXR{n}_IM-0001-1001"><figureId>F1</figureId><caption>PA</caption>
<panel type="single"><url>/a.jpg</url><imgModality>7</imgModality></panel></parentImage></eCitation>"""


def chestxray14(folder: Path, n_images: int = 3) -> Path:
    folder.mkdir(exist_ok=True)
    rows = [f"{i:08d}_000.png,Mass|Edema,0,{i},{i + 40},F,PA,2682,2749,0.143,0.143" for i in range(n_images)]
    (folder / "Data_Entry_2017_v2020.csv").write_text("\n".join([NIH_HEADER, *rows]) + "\n")
    boxes = "Image Index,Finding Label,Bbox [x,y,w,h],,,\n00000001_000.png,Mass,1.5,2,3,4\n"
    (folder / "BBox_List_2017.csv").write_text(boxes)
    return folder


def openi(folder: Path, reports: dict[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    with tarfile.open(folder / "NLMCXR_reports.tgz", "w:gz") as archive:
        for name, content in reports.items():
            member = tarfile.TarInfo(f"ecgen-radiology/{name}.xml")
            member.size = len(content.encode())
            archive.addfile(member, io.BytesIO(content.encode()))
    return folder


def report(n: int, *majors: str, findings: str = "Clear.") -> str:
    return REPORT.format(n=n, findings=findings, majors="".join(f"<major>{major}</major>" for major in majors))


def contents(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table, times aside."""
    times = "exclude (started_at, finished_at, seconds)"
    return {
        name: con.sql(f"select * {times if table is schema.loads.LoadRun else ''} from {name} order by all").fetchall()
        for table in schema.tables()
        if (name := schema.qualified(table)).startswith(("raw.", "annotation."))
    }


def test_loading_twice_changes_nothing(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    folder, source = chestxray14(tmp_path / "nih"), sources.get("chestxray14")
    first = sources.load_source(con, source, folder)
    assert first.status == "loaded"
    assert first.rows == {"raw.chestxray14_image": 3, "raw.chestxray14_box": 1}
    before, started = contents(con), con.sql("select started_at from raw.load_run").fetchall()
    second = sources.load_source(con, source, folder)
    assert (second.status, second.rows, second.run_id) == ("unchanged", first.rows, first.run_id)
    assert contents(con) == before
    assert con.sql("select started_at from raw.load_run").fetchall() == started


def test_other_files_replace_the_rows_of_this_source_only(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    source = sources.get("chestxray14")
    sources.load_source(con, sources.get("openi"), openi(tmp_path / "openi", {"1": report(1, "normal")}))
    small, large = chestxray14(tmp_path / "small", 2), chestxray14(tmp_path / "large", 5)
    sources.load_source(con, source, small)
    undisturbed = contents(con)
    sources.load_source(con, source, large)
    assert con.sql("select count(*), count(distinct run_id) from raw.chestxray14_image").fetchone() == (5, 1)
    assert con.sql("select source from raw.load_run order by 1").fetchall() == [("chestxray14",), ("openi",)]
    assert con.sql("select count(*) from raw.load_file").fetchone() == (3,)
    sources.load_source(con, source, small)
    assert contents(con) == undisturbed


def test_a_file_that_cannot_be_loaded_is_recorded_and_keeps_its_former_rows(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    source = sources.get("chestxray14")
    sources.load_source(con, source, chestxray14(tmp_path / "good"))
    boxes = con.sql("select * exclude run_id from raw.chestxray14_box").fetchall()
    bad = chestxray14(tmp_path / "bad", 9)
    (bad / "BBox_List_2017.csv").write_text("Image Index,Finding Label,x,y,w\n")
    partial = sources.load_source(con, source, bad)
    assert (partial.status, partial.rows) == ("partial", {"raw.chestxray14_image": 9})
    assert len(partial.faults) == 1
    assert "BBox_List_2017.csv: column 'Bbox [x', 'h]' is missing" in partial.faults[0]
    assert con.sql("select file, item, code from raw.rejected").fetchall() == [
        ("BBox_List_2017.csv.gz", "whole file", "unreadable_file")
    ]
    assert con.sql("select * exclude run_id from raw.chestxray14_box").fetchall() == boxes
    runs = "select run_id from raw.load_run"
    for table in ("chestxray14_box", "chestxray14_image", "load_file"):
        assert con.sql(f"select distinct run_id from raw.{table}").fetchall() == con.sql(runs).fetchall()
    assert con.sql("select status from raw.load_run").fetchall() == [("partial",)]
    assert con.sql("select current_setting('preserve_insertion_order')").fetchone() == (False,)
    assert con.sql("select table_name from duckdb_tables() where temporary").fetchall() == []

    before = contents(con)
    again = sources.load_source(con, source, bad)
    assert (again.status, len(again.faults)) == ("unchanged", 1)
    assert contents(con) == before
    repaired = sources.load_source(con, source, chestxray14(bad, 9))
    assert (repaired.status, repaired.faults) == ("loaded", [])
    assert con.sql("select status, n_rejected from raw.load_run").fetchall() == [("complete", 0)]


def test_nothing_to_load_leaves_the_former_rows(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    source = sources.get("chestxray14")
    folder = chestxray14(tmp_path / "nih")
    sources.load_source(con, source, folder)
    before = contents(con)
    for name in ("Data_Entry_2017_v2020.csv", "BBox_List_2017.csv"):
        (folder / name).write_text("")
    with pytest.raises(SourceError, match=r"Data_Entry_2017_v2020.csv: is empty") as raised:
        sources.load_source(con, source, folder)
    assert "\n" not in str(raised.value)
    assert contents(con) == before


KILLED = """
import sys, time
from pathlib import Path
from warehouse import sources
from warehouse.connection import writing

def wait_half_way(step, done, total):
    if done == 1:
        print("half-way", flush=True)
        time.sleep(60)

with writing(Path(sys.argv[1])) as con:
    sources.load_source(con, sources.get("chestxray14"), Path(sys.argv[2]), None, wait_half_way)
"""


def test_a_killed_load_is_as_if_it_had_not_begun(tmp_path: Path) -> None:
    folder = chestxray14(tmp_path / "nih", 2_000)
    killed, undisturbed = tmp_path / "killed.duckdb", tmp_path / "undisturbed.duckdb"
    with writing(killed) as con:
        sources.load_source(con, sources.get("openi"), openi(tmp_path / "openi", {"1": report(1, "normal")}))
        before = contents(con)
    loading = subprocess.Popen([sys.executable, "-c", KILLED, killed, folder], stdout=subprocess.PIPE, text=True)
    assert loading.stdout is not None
    assert loading.stdout.readline() == "half-way\n"
    loading.send_signal(signal.SIGKILL)
    loading.wait()
    with read_only(killed) as con:
        assert contents(con) == before
    for path in (killed, undisturbed):
        with writing(path) as con:
            sources.load_source(con, sources.get("openi"), tmp_path / "openi")
            assert sources.load_source(con, sources.get("chestxray14"), folder).status == "loaded"
    with read_only(killed) as one, read_only(undisturbed) as other:
        assert contents(one) == contents(other)


@pytest.mark.parametrize("name", ["Data_Entry_2017_v2020.csv.gz", "NLMCXR_reports.tgz", "labels.csv.zip"])
@pytest.mark.parametrize("kept", [0.5, 0.999])
def test_a_truncated_archive_is_one_clear_line(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, name: str, kept: float
) -> None:
    folder = chestxray14(tmp_path / "nih", 500)
    whole = (folder / "Data_Entry_2017_v2020.csv").read_bytes()
    if name.endswith(".csv.gz"):
        (folder / "Data_Entry_2017_v2020.csv").unlink()
        (folder / "BBox_List_2017.csv").write_text("")
        packed, source, target = gzip.compress(whole), "chestxray14", folder / name
    elif name.endswith(".tgz"):
        openi(folder, {str(i): report(i, "normal") for i in range(50)})
        packed, source, target = (folder / name).read_bytes(), "openi", folder / name
    else:
        packed, source, target = b"PK\x03\x04" + whole, "rsna-pneumonia", folder / "stage_2_train_labels.csv.zip"
    target.write_bytes(packed[: int(len(packed) * kept)])
    before = contents(con)
    with pytest.raises(SourceError, match=f"{target.name}: is damaged or truncated") as raised:
        sources.load_source(con, sources.get(source), folder)
    assert "\n" not in str(raised.value)
    assert contents(con) == before


def test_reports_that_are_not_xml_are_rejected_and_the_others_loaded(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    reports = {"1": report(1, "normal"), "2": "<eCitation>", "3": "<eCitation/>", "4": report(4, "No Indexing")}
    done = sources.load_source(con, sources.get("openi"), openi(tmp_path / "openi", reports))
    assert done.n_rejected == 2
    assert done.missing == ["nlmcxr_dicom_metadata.csv.gz"]
    rejected = con.sql("select item, code from raw.rejected order by 1").fetchall()
    assert rejected == [("ecgen-radiology/2.xml", "not_a_report"), ("ecgen-radiology/3.xml", "not_a_report")]
    assert con.sql("select uid, comparison, indication from raw.openi_report order by 1").fetchall() == [
        ("CXR1", None, "Cough."),
        ("CXR4", None, "Cough."),
    ]
    text = "INDICATION: Cough.\n\nFINDINGS: Clear.\n\nIMPRESSION: None."
    assert con.sql("select study_id, text, language from raw.report order by 1").fetchall() == [
        ("CXR1", text, "en"),
        ("CXR4", text, "en"),
    ]
    assert con.sql("select study_id from annotation.labeled_study").fetchall() == [("CXR1",)]


def test_mesh_terms_become_labels(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    majors = ["Cardiomegaly/mild", "Thickening/pleura/apex/left", "Pleural Effusion/left", "Pleural Effusion/right"]
    others = ["Pericardial Effusion", "Thickening/bronchi", "Subcutaneous Emphysema/neck", "Opacity/lung", "Pneumoniax"]
    folder = openi(tmp_path / "openi", {"1": report(1, *majors), "2": report(2, *others)})
    sources.load_source(con, sources.get("openi"), folder)
    found = con.sql("select study_id, finding, value, annotator from annotation.label order by 2").fetchall()
    findings = ["cardiomegaly", "pleural_effusion", "pleural_thickening"]
    assert found == [("CXR1", finding, 1, "openi_mesh") for finding in findings]
    assert con.sql("select count(*) from annotation.labeled_study").fetchone() == (2,)


def test_annotations_hold_only_the_values_of_the_guide(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    source = sources.get("openi-annotation")
    gold = (source.locate(None, Settings())["openi_chexpert14_dev.csv"]).read_text().splitlines()[0]
    path = tmp_path / "openi_chexpert14_dev.csv"
    path.write_text(gold + "\nCXR1,1,0,-1,x,,,,,,,,,,\n")
    sources.load_source(con, source, path)
    assert con.sql("select value from annotation.label order by 1").fetchall() == [(-9,), (-1,), (0,), (1,)]
    path.write_text(gold + "\nCXR1,yes,,,,,,,,,,,,,\n")
    with pytest.raises(SourceError, match="1 cells hold something else"):
        sources.load_source(con, source, path)
    assert con.sql("select count(*) from annotation.label").fetchone() == (4,)


def test_paths_that_do_not_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, settings = sources.get("chestxray14"), Settings()
    cases = [
        (tmp_path / "absent", "absent: does not exist"),
        (tmp_path, "Data_Entry_2017_v2020.csv.gz is not there. Get it: .*and put it into this folder"),
        (chestxray14(tmp_path / "nih") / "BBox_List_2017.csv", "BBox_List_2017.csv: is a file. Name the folder"),
    ]
    for path, says in cases:
        with pytest.raises(SourceError, match=says):
            source.locate(path, settings)
    with pytest.raises(SourceError, match=r"'mimic-cxr' needs a folder.*physionet.org.*cxr load mimic-cxr PATH"):
        sources.get("mimic-cxr").locate(None, settings)
    monkeypatch.setattr("warehouse.sources.base.find_spec", lambda name: None)
    with pytest.raises(SourceError, match=r"'openi' needs a folder.*uv pip install --python \S+ --no-deps torchxrayv"):
        sources.get("openi").locate(None, settings)
    with pytest.raises(ConfigError, match=r"no source 'mimic'. Known: brax, chestxray14, "):
        sources.get("mimic")


def test_a_folder_of_ones_own_is_found_through_the_settings(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    settings = Settings(public_data=chestxray14(tmp_path / "own"))
    assert sources.load_source(con, sources.get("chestxray14"), None, settings).rows["raw.chestxray14_image"] == 3


@pytest.mark.parametrize("source", sources.all_sources().values(), ids=lambda source: source.name)
def test_every_source_describes_itself(source: sources.Source) -> None:
    described = source.describe()
    assert all(described[part] for part in ("title", "files", "tables", "get", "url", "licence", "citation"))
    assert sources.get(source.name) is sources.get(source.dataset) is source
