"""Data sets that people load from folders of their own, on invented releases in their published layout."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.labeling.warehouse import REPORTS
from tests.support import ROOT
from tests.support.releases import RELEASES, cov_ctr, expected, iu_xray
from tests.support.releases.files import files
from warehouse import schema, sources
from warehouse.errors import SourceError
from warehouse.sources import jsrt, montgomery, shenzhen
from warehouse.sources.loading import LoadResult
from warehouse.sources.reading.encoding import CHINESE, decode
from warehouse.sql import identifier


def load(con: duckdb.DuckDBPyConnection, name: str, folder: Path) -> LoadResult:
    return sources.load_source(con, sources.get(name), folder)


def rows(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return con.sql(query).fetchall()


def rejected(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return rows(con, "select item, code from raw.rejected order by all")


@pytest.mark.parametrize("name", RELEASES)
def test_loading_twice_changes_nothing(con: duckdb.DuckDBPyConnection, tmp_path: Path, name: str) -> None:
    folder = RELEASES[name].tree(tmp_path / name)
    first, second = load(con, name, folder), load(con, name, folder)
    assert (first.status, second.status) == ("loaded", "unchanged")
    assert first.rows == second.rows
    assert first.n_odd == 0
    for table in sources.get(name).tables:
        grain = ", ".join(map(identifier, schema.grain(table)))
        assert rows(con, f"select count(*) - count(distinct ({grain})) from {schema.qualified(table)}") == [(0,)]


OF_PARTS = [name for name in RELEASES if not any(file.is_required for file in sources.get(name).files)]


@pytest.mark.parametrize("name", OF_PARTS)
def test_each_part_alone_is_loaded(con: duckdb.DuckDBPyConnection, tmp_path: Path, name: str) -> None:
    source = sources.get(name)
    folder = RELEASES[name].tree(tmp_path / "whole")
    for kept in source.files:
        for removed in source.files:
            if removed is not kept and (found := removed.find(folder)):
                for path in [found / name for name, _ in removed.members_of(found)] if found.is_dir() else [found]:
                    path.unlink()
        result = load(con, name, folder)
        assert result.missing == [file.name for file in source.files if file is not kept]
        assert sum(result.rows.values()) > 0
        shutil.rmtree(folder)
        RELEASES[name].tree(folder)


@pytest.mark.parametrize("name", RELEASES)
def test_an_empty_folder_says_what_is_missing(con: duckdb.DuckDBPyConnection, tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match=r"is not there\. Get it: "):
        load(con, name, tmp_path)


@pytest.mark.parametrize(("name", "query", "landed"), expected("LANDED"))
def test_what_is_landed(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, name: str, query: str, landed: list[tuple[Any, ...]]
) -> None:
    load(con, name, RELEASES[name].tree(tmp_path))
    assert rows(con, query) == landed


def test_jsrt(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    result = load(con, "jsrt", RELEASES["jsrt"].tree(tmp_path))
    assert result.rows == {"raw.jsrt_case": 4, "raw.jsrt_image": 2}
    assert rejected(con) == [("JPCLN003", "not_a_record"), ("NonNodule93images/JPCNN004.IMG", "unreadable")]
    assert rows(con, "select * exclude (run_id, source_file) from raw.jsrt_case order by image_id") == [
        ("JPCLN001", True, 4, 12, 61, "female", 1500, 700, "malignant", "l.upper lobe(S3)", "invented carcinoma"),
        ("JPCLN002", True, 2, 31, None, "male", 400, 1200, "benign", "r.lower lobe", "granuloma invented"),
        ("JPCNN001", False, None, None, 45, "male", None, None, None, None, None),
        ("JPCNN002", False, None, None, None, "female", None, None, None, None, None),
    ]
    assert rows(con, "select image_id, path from raw.image order by 1") == [
        ("JPCLN001", "Nodule154images/JPCLN001.IMG"),
        ("JPCLN002", "All247images/JPCLN002.IMG"),
        ("JPCNN001", "All247images/JPCNN001.IMG"),
        ("JPCNN002", "All247images/JPCNN002.IMG"),
        ("JPCNN003", "NonNodule93images/JPCNN003.IMG"),
    ]


def test_jsrt_images_in_two_places_are_one(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    size = jsrt.IMAGE_BYTES
    load(con, "jsrt", files(tmp_path, {"a/JPCLN001.IMG": size, "b/JPCLN001.img": size}))
    assert rows(con, "select path from raw.jsrt_image") == [("a/JPCLN001.IMG",)]
    assert rejected(con) == [("b/JPCLN001.img", "duplicate")]


@given(
    st.integers(1, 5), st.integers(1, 60), st.integers(0, 99), st.sampled_from(["male", "female"]),
    st.integers(0, 2047), st.integers(0, 2047), st.sampled_from(["\t", "  "]),
)  # fmt: skip
def test_a_nodule_record_keeps_its_numbers(
    subtlety: int, size: int, age: int, sex: str, x: int, y: int, between: str
) -> None:
    text = between.join(map(str, (subtlety, size, age, sex, x, y, "benign", "r.hilum", "invented")))
    case = jsrt.nodule_case(text)
    assert case is not None
    assert list(case.values()) == [True, subtlety, size, age, sex, x, y, "benign", "r.hilum", "invented"]


def test_montgomery(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    load(con, "montgomery", RELEASES["montgomery"].tree(tmp_path))
    assert rejected(con) == [("other.png", "unknown_name")]
    assert rows(con, "select image_id, sex, age, reading from raw.montgomery_reading order by 1") == [
        ("MCUCXR_0001_0", "F", "037Y", "normal"),
        ("MCUCXR_0104_1", "F", "037Y", "Invented cavity.\nActive TB."),
    ]
    assert rows(con, "select image_id, side, path from raw.montgomery_mask order by side") == [
        ("MCUCXR_0001_0", side, f"ManualMask/{side}Mask/MCUCXR_0001_0.png") for side in ("left", "right")
    ]
    assert rows(con, "select study_id, path, view_position from raw.image order by 1")[0] == (
        "MCUCXR_0001_0", "CXR_png/MCUCXR_0001_0.png", "PA",
    )  # fmt: skip


def test_shenzhen(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    load(con, "shenzhen", RELEASES["shenzhen"].tree(tmp_path))
    assert rejected(con) == [("CHNCXR_0005_1.txt", "not_text")]
    assert rows(con, "select sex, age, reading from raw.shenzhen_reading order by image_id") == [
        ("male", "45yrs", "normal"),
        ("female", "2 months", "invented PTB in the left upper field"),
        (None, None, "nobody said"),
        ("male", "33yrs", "继发性肺结核"),
    ]
    assert rows(con, "select count(*) from raw.image") == [(5,)]


@pytest.mark.parametrize(
    ("written", "sex", "age", "reading"),
    [
        ("male 45yrs\nnormal", "male", "45yrs", "normal"),
        ("Female ,  7 yr\n\n normal \n", "female", "7 yr", "normal"),
        ("femal 60y bilateral PTB", "female", "60y", "bilateral PTB"),
        ("male 30\nSTB", "male", "30", "STB"),
        ("male 5month\nnormal", "male", "5month", "normal"),
        ("nothing said", None, None, "nothing said"),
        ("", None, None, None),
    ],
)
def test_a_reading_of_shenzhen(tmp_path: Path, written: str, sex: str, age: str, reading: str) -> None:
    path = tmp_path / "reading.txt"
    path.write_text(written)
    assert shenzhen.read_reading(path) == {"sex": sex, "age": age, "reading": reading}


@given(st.text(alphabet=st.characters(exclude_characters="\x00", exclude_categories=["Cs"])))
def test_any_text_is_a_reading(tmp_path_factory: pytest.TempPathFactory, written: str) -> None:
    path = tmp_path_factory.mktemp("reading") / "reading.txt"
    path.write_text(written, encoding="utf-8")
    for source in (montgomery, shenzhen):
        assert set(source.read_reading(path)) == {"sex", "age", "reading"}


def test_iu_xray(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    load(con, "iu-xray", RELEASES["iu-xray"].tree(tmp_path))
    assert rows(con, 'select "MeSH" from raw.iu_xray_report where uid = 7') == [
        (["Cardiomegaly/mild", "Calcified Granuloma"],)
    ]
    assert rows(con, "select study_id, text from raw.report where study_id = '7'") == [
        ("7", "INDICATION: Cough.\n\nFINDINGS: Heart large.\n\nIMPRESSION: Large.")
    ]
    assert rows(con, "select study_id, image_id, view_position from raw.image order by image_id") == [
        ("7", iu_xray.IMAGE, "Frontal"),
        ("8", "8_IM-0002-2001.dcm.png", "Lateral"),
        ("8", "8_IM-0002-4001.dcm.png", None),
    ]
    assert rows(con, "select study_id, annotator, finding from annotation.label order by all") == [
        ("7", "iu_xray_mesh", "cardiomegaly"),
        ("8", "iu_xray_mesh", "no_finding"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_reports_come_back_as_written(con: duckdb.DuckDBPyConnection, tmp_path: Path, encoding: str) -> None:
    load(con, "cov-ctr", RELEASES["cov-ctr"].tree(tmp_path, encoding))
    assert rows(con, 'select findings, impression, "COVID" from raw.cov_ctr_report where source_row = 1') == [
        (cov_ctr.FINDINGS_ZH, cov_ctr.IMPRESSION_ZH, 1)
    ]
    text = f"FINDINGS: {cov_ctr.FINDINGS_ZH}\n\nIMPRESSION: {cov_ctr.IMPRESSION_ZH}"
    assert rows(con, "select patient_id, text, language from raw.report where study_id = '20.jpg'") == [
        (None, text, "zh")
    ]
    assert rows(con, f"select * from {REPORTS}") == []
    assert rows(con, "select image_id, path from raw.image order by 1") == [
        ("20.jpg", "COV-CTR/20.jpg"), ("5%7.jpeg", "COV-CTR/5%7.jpeg"), ("83%2.png", "83%2.png")
    ]  # fmt: skip


def test_a_report_file_in_no_known_encoding_is_one_error(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    files(tmp_path, {"reports_ZH_EN.csv": b"image_id,findings\n20.jpg,\xff\xff\n"})
    with pytest.raises(SourceError, match=r"is not utf-8-sig or gb18030\. Save it as UTF-8"):
        load(con, "cov-ctr", tmp_path)


@given(st.text(st.characters(codec="gb18030")))
def test_gb18030_is_read(text: str) -> None:
    content = text.encode("gb18030")
    assert decode(content, CHINESE[1:]) == text
    assert decode(text.encode("utf-8-sig"), CHINESE) == text


def test_brax(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    load(con, "brax", RELEASES["brax"].tree(tmp_path))
    query = 'select "PatientAge", "StudyDate"::varchar, "Cardiomegaly", "Edema", "Fracture" from raw.brax_image'
    assert rows(con, query) == [("85 or more", "2008-01-02", 1, -1, None), ("40", "2008-01-02", None, 0, None)]
    assert rows(con, "select distinct patient_id, study_id from raw.image") == [("id_a", "id_a/acc1")]


def test_chexpert_plus(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    result = load(con, "chexpert-plus", RELEASES["chexpert-plus"].tree(tmp_path))
    assert result.missing == ["report_fixed.json", "findings_fixed.json"]
    assert rejected(con) == [("line 2", "malformed_line"), ("row 4", "no_key")]
    query = 'select source_file, "Edema", "Fracture", "No Finding" from raw.chexpert_plus_label order by "Edema"'
    assert rows(con, query) == [("impression_fixed.json", -1, None, None), ("impression_fixed.json", 1, None, 0)]
    assert rows(con, "select patient_id, study_id, text from raw.report") == [
        ("patient9", "patient9/study1", "IMPRESSION:\nEdema.")
    ]


def test_the_page_on_other_data_sets_names_each_with_its_files() -> None:
    page = (ROOT / "docs" / "how-to" / "other-data-sets.md").read_text(encoding="utf-8")
    for name in RELEASES:
        line = next(line for line in page.splitlines() if f"`cxr load {name} PATH`" in line)
        for table in sources.get(name).tables:
            _, _, last = table.__tablename__.rpartition("_")
            assert schema.qualified(table) in line or f"`_{last}`" in line
