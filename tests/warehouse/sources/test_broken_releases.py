"""Damaged and odd files of a release: each is one line or one rejected row, and the rest is loaded."""

import gzip
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from warehouse import schema, sources
from warehouse.connection import read_only, writing

SUBJECT = 10_000_001
STUDIES = range(50_000_001, 50_000_021)
IMAGES = [f"{i:08x}-11111111-22222222-33333333-44444444" for i in range(len(STUDIES))]
STUDY_LIST = "cxr-study-list.csv.gz"
TEXT = "                                 FINAL REPORT\n EXAMINATION:  CHEST\n \n FINDINGS: \n \n Invented.\n"


def report_path(study_id: int) -> str:
    return f"files/p10/p{SUBJECT}/s{study_id}.txt"


def study_rows() -> list[str]:
    return [f"{SUBJECT},{study},{report_path(study)}" for study in STUDIES]


@pytest.fixture
def release(tmp_path: Path) -> Path:
    folder = tmp_path / "mimic-cxr" / "2.1.0"
    folder.mkdir(parents=True)
    records = [
        f"{SUBJECT},{study},{image},files/p10/p{SUBJECT}/s{study}/{image}.dcm"
        for study, image in zip(STUDIES, IMAGES, strict=True)
    ]
    write(folder / "cxr-record-list.csv.gz", "subject_id,study_id,dicom_id,path", *records)
    write(folder / STUDY_LIST, "subject_id,study_id,path", *study_rows())
    providers = [f"{study},P1,P2," for study in STUDIES]
    names = "study_id,ordering_provider_id,attending_provider_id,resident_provider_id"
    write(folder / "cxr-provider-list.csv.gz", names, *providers)
    pack(folder)
    return folder


def write(path: Path, *lines: str, newline: str = "\n") -> None:
    path.write_bytes(gzip.compress((newline.join(lines) + newline).encode(), mtime=0))


def pack(folder: Path, *extra: tuple[str, bytes]) -> Path:
    path = folder / "mimic-cxr-reports.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for study in STUDIES:
            archive.writestr(report_path(study), TEXT)
        for name, content in extra:
            archive.writestr(name, content)
    return path


def load(con: duckdb.DuckDBPyConnection, folder: Path) -> sources.LoadResult:
    return sources.load_source(con, sources.get("mimic-cxr"), folder)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size - 40])


def break_sum(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-6] ^= 0xFF
    path.write_bytes(content)


def swap_names(path: Path) -> None:
    write(path, "study_id,subject_id,path", *study_rows())


def swap_ids_and_paths(path: Path) -> None:
    write(path, "subject_id,path,study_id", *study_rows())


def leave_out_the_header(path: Path) -> None:
    write(path, *study_rows())


def encode_as_utf16(path: Path) -> None:
    path.write_bytes(gzip.compress("\n".join(["subject_id,study_id,path", *study_rows()]).encode("utf-16")))


def put_a_stray_quote(path: Path) -> None:
    rows = study_rows()
    write(
        path, "subject_id,study_id,path", *rows[:4], f'{SUBJECT},"{STUDIES[4]}"x,{report_path(STUDIES[4])}\r', *rows[5:]
    )


@pytest.mark.parametrize(
    ("name", "spoil", "says"),
    [
        (STUDY_LIST, truncate, "is damaged or truncated"),
        (STUDY_LIST, break_sum, "is damaged or truncated"),
        (STUDY_LIST, lambda path: path.write_bytes(b"not gzip at all"), "is damaged or truncated"),
        (STUDY_LIST, lambda path: path.write_bytes(b""), "is empty"),
        (STUDY_LIST, lambda path: path.write_bytes(gzip.compress(b"")), "has no header"),
        (STUDY_LIST, leave_out_the_header, "column 'subject_id', 'study_id', 'path' is missing"),
        (STUDY_LIST, put_a_stray_quote, "is not CSV. Look for a stray quote"),
        (STUDY_LIST, encode_as_utf16, "is not UTF-8 text"),
        (STUDY_LIST, swap_names, "column 'subject_id', 'study_id' does not hold what it is called"),
        (STUDY_LIST, swap_ids_and_paths, "column 'study_id', 'path' does not hold what it is called"),
        ("mimic-cxr-reports.zip", truncate, "is damaged or truncated"),
        ("mimic-cxr-reports.zip", lambda path: path.write_bytes(b"PK no zip"), "is damaged or truncated"),
        ("mimic-cxr-reports.zip", lambda path: path.write_bytes(b""), "is empty"),
    ],
)
def test_a_file_that_cannot_be_loaded_does_not_hide_the_others(
    con: duckdb.DuckDBPyConnection, release: Path, name: str, spoil: Callable[[Path], None], says: str
) -> None:
    whole = load(con, release).rows
    content = (release / name).read_bytes()
    con.execute("delete from raw.load_run")  # so that nothing of the whole load is kept
    for table in ("record", "study", "provider", "report"):
        con.execute(f"delete from raw.mimic_cxr_{table}")
    spoil(release / name)
    partial = load(con, release)
    assert partial.status == "partial"
    assert len(partial.faults) == 1
    assert says in partial.faults[0]
    assert name in partial.faults[0]
    assert "\n" not in partial.faults[0]
    assert len(partial.rows) == len(whole) - 1
    assert partial.rows.items() < whole.items()
    assert con.sql("select file, code, message from raw.rejected").fetchall() == [
        (name, "unreadable_file", partial.faults[0].partition(": ")[2])
    ]
    (release / name).write_bytes(content)
    repaired = load(con, release)
    assert (repaired.status, repaired.rows, repaired.faults) == ("loaded", whole, [])
    assert con.sql("from raw.rejected").fetchall() == []


def test_columns_are_read_by_name(con: duckdb.DuckDBPyConnection, release: Path) -> None:
    rows = [",".join(reversed(row.split(","))) for row in study_rows()]
    write(release / STUDY_LIST, "path,study_id,subject_id", *rows)
    assert load(con, release).rows["raw.mimic_cxr_study"] == len(STUDIES)
    assert con.sql("select distinct subject_id from raw.mimic_cxr_study").fetchall() == [(SUBJECT,)]


def test_lines_that_do_not_do_are_rejected_alone(con: duckdb.DuckDBPyConnection, release: Path) -> None:
    rows = study_rows()
    rows[2], rows[5], rows[7] = f"{SUBJECT}", f"{SUBJECT},none,{report_path(STUDIES[5])}", rows[7] + ",more"
    write(release / STUDY_LIST, "subject_id,study_id,path", *rows)
    done = load(con, release)
    assert (done.status, done.rows["raw.mimic_cxr_study"], done.n_rejected) == ("loaded", len(STUDIES) - 3, 3)
    assert con.sql("select code, count(*) from raw.rejected group by all order by 1").fetchall() == [
        ("malformed_line", 2),
        ("no_key", 1),
    ]


def test_line_ends_byte_order_mark_and_quoted_newline(con: duckdb.DuckDBPyConnection, release: Path) -> None:
    rows = study_rows()
    rows[3] = f'{SUBJECT},{STUDIES[3]},"a\npath/of ""two"" lines"'
    write(release / STUDY_LIST, "\ufeffsubject_id,study_id,path", *rows, newline="\r\n")
    done = load(con, release)
    assert (done.rows["raw.mimic_cxr_study"], done.n_rejected, done.n_odd) == (len(STUDIES), 0, 0)
    path = con.execute("select path from raw.mimic_cxr_study where study_id = ?", [STUDIES[3]]).fetchone()
    assert path == ('a\npath/of "two" lines',)
    ends = con.sql("select count(*) from raw.mimic_cxr_study where path like '%' || chr(13)").fetchone()
    assert ends == (0,)


def test_members_that_do_not_do_are_rejected_alone(con: duckdb.DuckDBPyConnection, release: Path) -> None:
    extra = [
        (report_path(59_000_001), "Fractura de f\u00e9mur".encode("latin-1")),
        (report_path(STUDIES[0]), b"a second report of the study"),
        ("../../etc/s59000002.txt", b"elsewhere"),
        (report_path(10**19), b"a number too large"),
        ("__MACOSX/._s1.txt", b"resource fork"),
    ]
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = pack(release, *extra)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    content[members[3].header_offset + 70] ^= 0xFF  # packed bytes
    listed = [content.find(b"PK\1\2")]
    while (at := content.find(b"PK\1\2", listed[-1] + 1)) > 0:
        listed.append(at)
    content[listed[4] + 16] ^= 0xFF  # checksum
    content[listed[5] + 8] |= 1  # encrypted
    content[listed[6] + 10] = 97  # packed in an unknown way
    path.write_bytes(content)
    done = load(con, release)
    assert (done.status, done.rows["raw.mimic_cxr_report"]) == ("loaded", len(STUDIES) - 4)
    found = con.sql("select item, code from raw.rejected order by code, item").fetchall()
    assert found == [
        ("../../etc/s59000002.txt", "not_a_report_path"),
        (report_path(10**19), "not_a_report_path"),
        (report_path(59_000_001), "not_utf8"),
        (report_path(STUDIES[0]), "second_report"),
        *((report_path(STUDIES[i]), "unreadable_member") for i in (3, 4, 5, 6)),
    ]
    texts = con.sql("select distinct text from raw.mimic_cxr_report").fetchall()
    assert texts == [(TEXT,)]


def test_a_report_that_may_not_be_read_is_rejected_alone(con: duckdb.DuckDBPyConnection, release: Path) -> None:
    with zipfile.ZipFile(release / "mimic-cxr-reports.zip") as archive:
        archive.extractall(release)
    (release / "mimic-cxr-reports.zip").unlink()
    first = release / report_path(STUDIES[0])
    first.unlink()
    first.symlink_to(first.parent)  # reading it fails, for root too
    done = load(con, release)
    assert done.rows["raw.mimic_cxr_report"] == len(STUDIES) - 1
    assert con.sql("select item, code from raw.rejected").fetchall() == [(report_path(STUDIES[0]), "unreadable_member")]


KILLED = """
import sys, time
from pathlib import Path
from warehouse import schema, sources
from warehouse.connection import read_only, writing
from warehouse.connection import writing
from warehouse.sources import mimic_cxr

mimic_cxr._BATCH = 5

def wait_half_way(step, done, total):
    if (step, done) in {("read MIMIC-CXR reports", 10), ("load mimic-cxr", int(sys.argv[3]))}:
        print("half-way", flush=True)
        time.sleep(60)

with writing(Path(sys.argv[1])) as con:
    sources.load_source(con, sources.get("mimic-cxr"), Path(sys.argv[2]), None, wait_half_way)
"""


@pytest.mark.parametrize("at", [2, 99], ids=["lists", "reports"])
def test_a_killed_load_is_completed(release: Path, tmp_path: Path, at: int) -> None:
    killed, undisturbed = tmp_path / "killed.duckdb", tmp_path / "undisturbed.duckdb"
    loading = subprocess.Popen(
        [sys.executable, "-c", KILLED, killed, release, str(at)], stdout=subprocess.PIPE, text=True
    )
    assert loading.stdout is not None
    assert loading.stdout.readline() == "half-way\n"
    loading.send_signal(signal.SIGKILL)
    loading.wait()
    for path in (killed, undisturbed):
        with writing(path) as con:
            assert load(con, release).status == "loaded"
    with read_only(killed) as one, read_only(undisturbed) as other:
        for table in sources.get("mimic-cxr").tables:
            rows = f"from {schema.qualified(table)} order by all"
            assert one.sql(rows).fetchall() == other.sql(rows).fetchall() != []
