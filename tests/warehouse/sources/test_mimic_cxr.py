"""MIMIC-CXR and MIMIC-CXR-JPG on invented rows in the layout of the release."""

import gzip
import shutil
import zipfile
from pathlib import Path

import duckdb
import pytest

from warehouse import sources
from warehouse.config import Settings
from warehouse.errors import SourceError

SUBJECT, STUDY = 10_000_001, 50_000_001
IMAGE = "00000000-11111111-22222222-33333333-44444444"
TEXT = " FINAL REPORT\n EXAMINATION: CHEST\n\n FINDINGS: Invented.\n"
STUDY_PATH = f"files/p10/p{SUBJECT}/s{STUDY}.txt"
LABELS = (
    "Atelectasis,Cardiomegaly,Consolidation,Edema,Enlarged Cardiomediastinum,Fracture,Lung Lesion,Lung Opacity,"
    "No Finding,Pleural Effusion,Pleural Other,Pneumonia,Pneumothorax,Support Devices"
)
METADATA = (
    "dicom_id,subject_id,study_id,PerformedProcedureStepDescription,ViewPosition,Rows,Columns,StudyDate,StudyTime,"
    "ProcedureCodeSequence_CodeMeaning,ViewCodeSequence_CodeMeaning,PatientOrientationCodeSequence_CodeMeaning"
)


def write(path: Path, *lines: str) -> None:
    text = "\n".join(lines) + "\n"
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())


@pytest.fixture
def release(tmp_path: Path) -> Path:
    folder = tmp_path / "mimic-cxr"
    folder.mkdir()
    path = f"files/p10/p{SUBJECT}/s{STUDY}/{IMAGE}.dcm"
    write(folder / "cxr-record-list.csv.gz", "subject_id,study_id,dicom_id,path", f"{SUBJECT},{STUDY},{IMAGE},{path}")
    write(folder / "cxr-study-list.csv.gz", "subject_id,study_id,path", f"{SUBJECT},{STUDY},{STUDY_PATH}")
    with zipfile.ZipFile(folder / "mimic-cxr-reports.zip", "w") as archive:
        archive.writestr(STUDY_PATH, TEXT)
        archive.writestr("files/readme.txt", "not a report")
    return folder


@pytest.fixture
def release_jpg(tmp_path: Path) -> Path:
    folder = tmp_path / "mimic-cxr-jpg"
    folder.mkdir()
    row = f"{IMAGE},{SUBJECT},{STUDY},CHEST (PA AND LAT),PA,3056,2544,21800506,80556.875,,postero-anterior,Erect"
    write(folder / "mimic-cxr-2.0.0-metadata.csv.gz", METADATA, row)
    write(
        folder / "mimic-cxr-2.0.0-split.csv.gz",
        "dicom_id,study_id,subject_id,split",
        f"{IMAGE},{STUDY},{SUBJECT},train",
    )
    for labeler in ("chexpert", "negbio"):
        row = f"{SUBJECT},{STUDY},1.0,0.0,-1.0,,,,,,,,,,,"
        write(folder / f"mimic-cxr-2.0.0-{labeler}.csv.gz", f"subject_id,study_id,{LABELS}", row)
    header = "study_id," + LABELS.replace("Lung Opacity", "Airspace Opacity")
    write(folder / "mimic-cxr-2.1.0-test-set-labeled.csv", header, f"{STUDY},,,,,,,,1,,,,,,")
    write(folder / "IMAGE_FILENAMES", f"files/p10/p{SUBJECT}/s{STUDY}/{IMAGE}.jpg")
    return folder


def test_the_release_and_its_images(con: duckdb.DuckDBPyConnection, release: Path, release_jpg: Path) -> None:
    done = sources.load_source(con, sources.get("mimic-cxr"), release)
    assert done.missing == ["cxr-provider-list.csv.gz"]
    assert done.rows == dict.fromkeys(["raw.mimic_cxr_record", "raw.mimic_cxr_study", "raw.mimic_cxr_report"], 1)
    assert con.sql("select item, code from raw.rejected").fetchall() == [("files/readme.txt", "not_a_report_path")]
    assert con.sql("from raw.report").fetchall() == [("mimic_cxr", str(SUBJECT), str(STUDY), TEXT, "en")]
    record = con.sql("select path, view_position from raw.image").fetchall()
    assert record == [(f"files/p10/p{SUBJECT}/s{STUDY}/{IMAGE}.dcm", None)]

    done = sources.load_source(con, sources.get("mimic-cxr-jpg"), release_jpg)
    assert done.missing == []
    assert done.n_odd == done.n_rejected == 0
    found = con.sql(
        'select "StudyDate"::varchar, "StudyTime", studied_at::varchar, typeof(study_id)'
        " from raw.mimic_cxr_jpg_metadata"
    ).fetchall()
    assert found == [("2180-05-06", 80556.875, "2180-05-06 08:05:56.875", "BIGINT")]
    images = con.sql("select * exclude (run_id, source_file) from raw.mimic_cxr_jpg_image_filename").fetchall()
    assert images == [(f"files/p10/p{SUBJECT}/s{STUDY}/{IMAGE}.jpg", IMAGE, SUBJECT, STUDY)]
    for labeler in ("chexpert", "negbio"):
        labels = f'select "Atelectasis", "Cardiomegaly", "Consolidation", "Edema" from raw.mimic_cxr_jpg_{labeler}'
        assert con.sql(labels).fetchall() == [(1, 0, -1, None)]
    assert con.sql('select "Airspace Opacity" from raw.mimic_cxr_jpg_test_set_labeled').fetchall() == [(1,)]
    assert con.sql("select image_id, view_position from raw.image").fetchall() == [(IMAGE, "PA")]


def test_images_of_the_jpg_release_alone_have_their_path(con: duckdb.DuckDBPyConnection, release_jpg: Path) -> None:
    sources.load_source(con, sources.get("mimic-cxr-jpg"), release_jpg)
    found = con.sql("from raw.image").fetchall()
    path = f"files/p10/p{SUBJECT}/s{STUDY}/{IMAGE}.jpg"
    assert found == [("mimic_cxr", str(SUBJECT), str(STUDY), IMAGE, path, "PA")]


def test_reports_of_an_unpacked_release(con: duckdb.DuckDBPyConnection, release: Path) -> None:
    with zipfile.ZipFile(release / "mimic-cxr-reports.zip") as archive:
        archive.extract(STUDY_PATH, release)
    (release / "mimic-cxr-reports.zip").unlink()
    sources.load_source(con, sources.get("mimic-cxr"), release)
    assert con.sql("select subject_id, study_id, path, text from raw.mimic_cxr_report").fetchall() == [
        (SUBJECT, STUDY, STUDY_PATH, TEXT)
    ]


def test_providers_with_and_without_their_patient(con: duckdb.DuckDBPyConnection, release: Path) -> None:
    names = "ordering_provider_id,attending_provider_id,resident_provider_id"
    path = release / "cxr-provider-list.csv.gz"
    write(path, f"study_id,{names}", f"{STUDY},P1,P2,")
    sources.load_source(con, sources.get("mimic-cxr"), release)
    found = "select subject_id, study_id, ordering_provider_id, resident_provider_id from raw.mimic_cxr_provider"
    assert con.sql(found).fetchall() == [(None, STUDY, "P1", None)]
    write(path, f"subject_id,study_id,{names}", f"{SUBJECT},{STUDY},P1,P2,P3")
    sources.load_source(con, sources.get("mimic-cxr"), release)
    assert con.sql(found).fetchall() == [(SUBJECT, STUDY, "P1", "P3")]


@pytest.mark.parametrize(
    ("study_date", "study_time", "expected"),
    [
        ("21800506", "80556.875", "2180-05-06 08:05:56.875"),
        ("21800506", "080556.875", "2180-05-06 08:05:56.875"),
        ("21800506", "17", "2180-05-06 00:00:17"),
        ("21800506", "0.0", "2180-05-06 00:00:00"),
        ("21800506", "17.000001", "2180-05-06 00:00:17.000001"),
        ("21800506", "235959.9999999", "2180-05-07 00:00:00"),
        ("2180-05-06", "130000", "2180-05-06 13:00:00"),
        ("21800506", "", None),
        ("", "130000", None),
        ("21801306", "130000", None),
        ("21800506", "240000", None),
        ("21800506", "126000", None),
        ("21800506", "120060", None),
        ("21800506", "-1", None),
        ("21800506", "nan", None),
        ("21800506", "inf", None),
        ("21800506", "noon", None),
    ],
)
def test_the_time_of_a_study(
    con: duckdb.DuckDBPyConnection, release_jpg: Path, study_date: str, study_time: str, expected: str | None
) -> None:
    row = f"{IMAGE},{SUBJECT},{STUDY},,PA,3056,2544,{study_date},{study_time},,,"
    write(release_jpg / "mimic-cxr-2.0.0-metadata.csv.gz", METADATA, row)
    sources.load_source(con, sources.get("mimic-cxr-jpg"), release_jpg)
    assert con.sql("select studied_at::varchar from raw.mimic_cxr_jpg_metadata").fetchall() == [(expected,)]
    is_odd = expected is None and "" not in {study_date, study_time}
    assert len(con.sql("from raw.odd_value").fetchall()) == is_odd


@pytest.mark.parametrize(
    "place",
    ["", "physionet.org/files/mimic-cxr/2.1.0", "files/mimic-cxr/2.0.0", "mimic-cxr/2.1.0", "2.1.0", "mimic-cxr"],
)
def test_a_folder_above_the_release(
    con: duckdb.DuckDBPyConnection, release: Path, release_jpg: Path, tmp_path: Path, place: str
) -> None:
    top = tmp_path / "download"
    (top / place).parent.mkdir(parents=True, exist_ok=True)
    release.rename(top / place)
    other = top / "physionet.org/files/mimic-cxr-jpg/2.1.0"
    other.parent.mkdir(parents=True, exist_ok=True)
    release_jpg.rename(other)
    assert sources.load_source(con, sources.get("mimic-cxr"), top).rows["raw.mimic_cxr_report"] == 1
    assert sources.load_source(con, sources.get("mimic-cxr-jpg"), top).missing == []


def test_several_releases_in_a_folder_are_listed(release: Path, tmp_path: Path) -> None:
    top = tmp_path / "physionet"
    top.mkdir()
    for version in ("2.0.0", "2.1.0"):
        shutil.copytree(release, top / version)
    with pytest.raises(SourceError, match=r"physionet: holds 2 releases: 2.0.0, 2.1.0. Name the folder of one"):
        sources.get("mimic-cxr").locate(top, Settings())


def test_plain_files_and_unpacked_reports(con: duckdb.DuckDBPyConnection, release: Path) -> None:
    for name in ("cxr-record-list.csv", "cxr-study-list.csv"):
        (release / name).write_bytes(gzip.decompress((release / f"{name}.gz").read_bytes()))
        (release / f"{name}.gz").unlink()
    with zipfile.ZipFile(release / "mimic-cxr-reports.zip") as archive:
        archive.extract(STUDY_PATH, release / "mimic-cxr-reports")
    (release / "mimic-cxr-reports.zip").unlink()
    done = sources.load_source(con, sources.get("mimic-cxr"), release)
    assert done.rows == dict.fromkeys(["raw.mimic_cxr_record", "raw.mimic_cxr_study", "raw.mimic_cxr_report"], 1)


def test_reports_without_text_stay(con: duckdb.DuckDBPyConnection, release: Path) -> None:
    texts = {58235663: "", 50798377: "\n", 54168089: "                                 FINAL REPORT\n", 53071062: "\0"}
    with zipfile.ZipFile(release / "mimic-cxr-reports.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for study_id, text in texts.items():
            archive.writestr(f"files/p10/p{SUBJECT}/s{study_id}.txt", text)
    assert sources.load_source(con, sources.get("mimic-cxr"), release).n_rejected == 0
    assert dict(con.sql("select study_id, text from raw.mimic_cxr_report").fetchall()) == texts


def test_a_folder_with_nothing_of_the_release(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    (tmp_path / "files" / "p10" / f"p{SUBJECT}" / f"s{STUDY}").mkdir(parents=True)
    for name in ("mimic-cxr", "mimic-cxr-jpg"):
        with pytest.raises(SourceError, match=r"any of .*csv.gz.* is not there. Get it: credentialed access"):
            sources.load_source(con, sources.get(name), tmp_path)
