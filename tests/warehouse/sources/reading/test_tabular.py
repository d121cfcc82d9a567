"""CSV into typed tables: casts, odd values, rejected lines."""

import csv
import gzip
import io
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse import schema, sources
from warehouse.errors import SourceError
from warehouse.sources.base import File, Load
from warehouse.sources.mimic_cxr import MimicCxrStudy
from warehouse.sources.mimic_cxr_jpg import MimicCxrJpgMetadata
from warehouse.sources.openi_header import OpeniDicom
from warehouse.sources.reading import tabular
from warehouse.sources.siim_pneumothorax import SiimPneumothoraxMask

SHARED_CONNECTION = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\\\"'"), max_size=8)


def evaluate(con: duckdb.DuckDBPyConnection, expression: str, value: str | None) -> Any:
    row = con.execute(f"select {expression.replace('{value}', 'v')} from (select ?::varchar as v)", [value]).fetchone()
    assert row is not None
    return row[0]


def load(con: duckdb.DuckDBPyConnection, table: type[schema.Table], path: Path, **options: Any) -> Load:
    file = File(path.name, (table,), tabular.csv_rows(table, **options))
    done = Load(con, "test", "run", lambda step, done, total: None)
    file.load(done, file, path)
    return done


def masks(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([["ImageId", " EncodedPixels"], *rows])
    return text.getvalue()


@SHARED_CONNECTION
@given(items=st.lists(WORDS))
def test_python_and_numpy_lists(con: duckdb.DuckDBPyConnection, items: list[str]) -> None:
    assert evaluate(con, tabular.PYTHON_LIST, repr([*items])) == items or any(repr(i)[1:-1] != i for i in items)
    assert evaluate(con, tabular.PYTHON_LIST, "[" + "\n ".join(f"'{i}'" for i in items) + "]") == items


@SHARED_CONNECTION
@given(items=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_lists_of_numbers(con: duckdb.DuckDBPyConnection, items: list[float]) -> None:
    assert evaluate(con, tabular.NUMBERS, str([str(i) for i in items])) == items
    assert evaluate(con, tabular.NUMBERS, str(items)) == items
    assert evaluate(con, tabular.NUMBERS, str(items[0])) == items[:1]
    assert evaluate(con, tabular.NUMBERS, str([*items, "wide"])) is None


@SHARED_CONNECTION
@given(years=st.integers(0, 130))
def test_ages(con: duckdb.DuckDBPyConnection, years: int) -> None:
    for spelling in (f"{years:03d}Y", f"{years}", f"{years:03d}", f"{years}.0"):
        assert evaluate(con, tabular.YEARS, spelling) == years
    for spelling in (f"{years:03d}M", f"-{years}", f"{years}.5", "", "Y", "old"):
        assert evaluate(con, tabular.YEARS, spelling) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("[['a', 'b'], ['c']]", '[["a", "b"], ["c"]]'),
        ("[nan, ['pregnant']]", '[null, ["pregnant"]]'),
        ("['a']", '["a"]'),
        ("['a'", None),
        (None, None),
    ],
)
def test_nested_lists(con: duckdb.DuckDBPyConnection, value: str | None, expected: str | None) -> None:
    assert evaluate(con, tabular.NESTED_LIST, value) == expected


def test_an_item_that_is_printed_bare(con: duckdb.DuckDBPyConnection) -> None:
    assert evaluate(con, tabular.ITEM_OR_LIST, "FOCUSED") == ["FOCUSED"]
    assert evaluate(con, tabular.ITEM_OR_LIST, "[16384, 0, 16]") == ["16384", "0", "16"]
    assert evaluate(con, tabular.ITEM_OR_LIST, None) is None
    assert evaluate(con, tabular.NUMBERS, None) is None
    assert evaluate(con, tabular.PYTHON_LIST, "FOCUSED") is None


@SHARED_CONNECTION
@given(rows=st.lists(st.tuples(WORDS.filter(str.strip), WORDS.filter(str.strip)), max_size=20))
def test_text_arrives_as_published_in_the_order_of_the_file(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, rows: list[tuple[str, str]]
) -> None:
    (tmp_path / "masks.csv").write_text(masks([list(row) for row in rows]), encoding="utf-8")
    con.execute("delete from raw.siim_pneumothorax_mask")
    done = load(con, SiimPneumothoraxMask, tmp_path / "masks.csv")
    found = con.sql('select "ImageId", " EncodedPixels" from raw.siim_pneumothorax_mask order by source_row').fetchall()
    assert found == rows
    assert done.rows["raw.siim_pneumothorax_mask"] == len(rows)


def test_malformed_lines_and_rows_without_a_key_are_rejected(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "cxr-study-list.csv"
    path.write_text("subject_id,study_id,path\n1,2,a\n3\n4,5,b,c\n6,,d\n7,8.5,e\n9,10,f\n")
    done = load(con, MimicCxrStudy, path)
    assert con.sql("select subject_id, study_id, path from raw.mimic_cxr_study order by 1").fetchall() == [
        (1, 2, "a"),
        (9, 10, "f"),
    ]
    rejected = con.sql("select item, code, message from raw.rejected order by code, item").fetchall()
    assert rejected == [
        ("line 3", "malformed_line", "fewer fields than the header"),
        ("line 4", "malformed_line", "more fields than the header"),
        ("row 2", "no_key", "the row has no usable key"),
        ("row 3", "no_key", "the row has no usable key"),
    ]
    assert done.n_rejected == 4
    assert done.rows["raw.mimic_cxr_study"] == 2


def test_a_line_that_is_not_utf8_is_rejected_without_its_text(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    (tmp_path / "masks.csv").write_bytes(b"ImageId, EncodedPixels\na,1\nSe\xf1or,2\nb,3\n")
    load(con, SiimPneumothoraxMask, tmp_path / "masks.csv")
    assert con.sql('select "ImageId" from raw.siim_pneumothorax_mask order by 1').fetchall() == [("a",), ("b",)]
    assert con.sql("select item, message from raw.rejected").fetchall() == [("line 3", "not UTF-8")]


def test_odd_values_are_null_kept_and_counted(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    header = (
        "dicom_id,subject_id,study_id,PerformedProcedureStepDescription,ViewPosition,Rows,Columns,StudyDate,StudyTime,"
    )
    header += (
        "ProcedureCodeSequence_CodeMeaning,ViewCodeSequence_CodeMeaning,PatientOrientationCodeSequence_CodeMeaning\n"
    )
    rows = ["20140505,1.5", "20141305,2", "20141305,x", ",", "2014-05-05,3"]
    body = "".join(f"image-number-{i},10000001,50000001,,AP,3056,2544,{row},,,\n" for i, row in enumerate(rows))
    (tmp_path / "metadata.csv").write_text(header + body)
    file = File("metadata.csv", (MimicCxrJpgMetadata,), sources.get("mimic-cxr-jpg").files[0].load)
    done = Load(con, "test", "run", lambda step, done, total: None)
    file.load(done, file, tmp_path / "metadata.csv")
    dates = con.sql(
        'select "StudyDate"::varchar, "StudyTime" from raw.mimic_cxr_jpg_metadata order by dicom_id'
    ).fetchall()
    assert dates == [("2014-05-05", 1.5), (None, 2.0), (None, None), (None, None), ("2014-05-05", 3.0)]
    odd = con.sql("select table_name, column_name, value, n_rows from raw.odd_value order by 2, 3").fetchall()
    assert odd == [
        ("raw.mimic_cxr_jpg_metadata", "StudyDate", "20141305", 2),
        ("raw.mimic_cxr_jpg_metadata", "StudyTime", "x", 1),
    ]
    assert done.n_odd == 3


def test_yes_and_no_and_bars(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    header = "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,"
    header += "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y],Fracture,Pneumothorax,Airspace opacity,"
    header += "Nodule or mass,Set Id\n"
    (tmp_path / "labels.csv").write_text(header + "a.png,Mass|Edema,0,1,058Y,M,PA,2,3,0.1,0.2,YES,NO,,maybe,val\n")
    file = sources.get("google-nih").files[0]
    done = Load(con, "test", "run", lambda step, done, total: None)
    file.load(done, file, tmp_path / "labels.csv")
    found = con.sql(
        'select "Finding Labels", "Patient Age", "Height]", "y]", "Fracture", "Pneumothorax", "Airspace opacity",'
        ' "Nodule or mass" from raw.google_nih_label'
    ).fetchall()
    assert found == [(["Mass", "Edema"], 58, 3, 0.2, True, False, None, None)]
    assert con.sql("select column_name, value from raw.odd_value").fetchall() == [("Nodule or mass", "maybe")]


@pytest.mark.parametrize("pack", ["plain", "gz", "zip"])
def test_packings(con: duckdb.DuckDBPyConnection, tmp_path: Path, pack: str) -> None:
    text = "\ufeff" + masks([["a", "1 2"]])
    path = tmp_path / {"plain": "masks.csv", "gz": "masks.csv.gz", "zip": "masks.csv.zip"}[pack]
    if pack == "plain":
        path.write_text(text, encoding="utf-8")
    elif pack == "gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("masks.csv", text)
            archive.writestr("__MACOSX/._masks.csv", "resource fork")
    load(con, SiimPneumothoraxMask, path)
    assert con.sql('select "ImageId", " EncodedPixels" from raw.siim_pneumothorax_mask').fetchall() == [("a", "1 2")]


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("ImageId", "' EncodedPixels' is missing"),
        ("ImageId, EncodedPixels,ImageId", "'ImageId' is there twice"),
        ("", "no header"),
    ],
)
def test_headers_that_are_not_the_published_one(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, header: str, says: str
) -> None:
    (tmp_path / "masks.csv").write_text(header + "\n")
    with pytest.raises(SourceError, match=says) as raised:
        load(con, SiimPneumothoraxMask, tmp_path / "masks.csv")
    assert "masks.csv" in str(raised.value)


def test_columns_that_the_table_does_not_declare_are_let_pass_or_gathered(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    (tmp_path / "masks.csv").write_text(",ImageId, EncodedPixels,more,,\n0,a,1,x\n")
    load(con, SiimPneumothoraxMask, tmp_path / "masks.csv")
    assert con.sql('select "ImageId" from raw.siim_pneumothorax_mask').fetchall() == [("a",)]
    names = [name for name in schema.column_types(OpeniDicom) if name not in {"run_id", "source_file", "other_tags"}]
    values = ["1" if name == "imageid" else "" for name in names]
    (tmp_path / "dicom.csv").write_text(
        ",".join([*names, "Polarity", "Trim"]) + "\n" + ",".join([*values, "NORMAL", ""])
    )
    load(con, OpeniDicom, tmp_path / "dicom.csv", rest="other_tags")
    assert con.sql("select other_tags from raw.openi_dicom").fetchall() == [('{"Polarity":"NORMAL"}',)]
