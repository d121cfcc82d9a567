"""Reports in every form they come in give the same ids and texts; what is damaged says so in one line."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse.errors import SourceError
from warehouse.report_files import reading

ROWS = [("50000001", "No effusion."), ("50000002", ""), ("50000003", 'Small "left"\neffusion, \u00e9\x00.')]


def as_csv(rows: list[tuple[str, str]], *, is_headed: bool = True) -> bytes:
    lines = io.StringIO()
    csv.writer(lines).writerows([("study_id", "text"), *rows] if is_headed else rows)
    return lines.getvalue().encode()


def write_csv(path: Path, rows: list[tuple[str, str]]) -> None:
    path.write_bytes(as_csv(rows))


def write_gzip(path: Path, rows: list[tuple[str, str]]) -> None:
    path.write_bytes(gzip.compress(as_csv(rows)))


def write_utf16(path: Path, rows: list[tuple[str, str]]) -> None:
    path.write_bytes(as_csv(rows).decode().encode("utf-16"))


def write_parquet(path: Path, rows: list[tuple[str, str]]) -> None:
    ids, texts = zip(*rows, strict=True) if rows else ((), ())
    pq.write_table(pa.table({"study_id": pa.array(ids, pa.string()), "text": pa.array(texts, pa.large_string())}), path)


def write_folder(path: Path, rows: list[tuple[str, str]]) -> None:
    for study_id, text in rows:
        file = path / "p10" / "p10000032" / f"s{study_id}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    (path / "index.html").write_text("no report")


def write_zip(path: Path, rows: list[tuple[str, str]]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("files/", "")
        archive.writestr("files/index.html", "no report")
        archive.writestr("__MACOSX/files/p10/p10000032/._s1.txt", "no report")
        for study_id, text in rows:
            archive.writestr(f"files/p10/p10000032/s{study_id}.txt", text.encode())


FORMS: dict[str, Callable[[Path, list[tuple[str, str]]], None]] = {
    "reports.csv": write_csv,
    "reports.csv.gz": write_gzip,
    "utf16.csv": write_utf16,
    "reports.parquet": write_parquet,
    "files": write_folder,
    "mimic-cxr-reports.zip": write_zip,
}


def read(path: Path, **options: object) -> list[tuple[str, str]]:
    with reading(path, **options) as rows:  # type: ignore[arg-type]
        return list(rows)


@pytest.mark.parametrize("name", FORMS)
def test_every_form_gives_the_same_rows(tmp_path: Path, name: str) -> None:
    FORMS[name](tmp_path / name, ROWS)
    assert read(tmp_path / name) == ROWS


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(st.characters(codec="utf-8"), max_size=60), min_size=1, max_size=5))
@pytest.mark.parametrize("name", ["reports.csv", "reports.csv.gz", "reports.parquet", "mimic-cxr-reports.zip"])
def test_any_text_comes_back(tmp_path: Path, name: str, texts: list[str]) -> None:
    rows = [(str(50_000_000 + i), text) for i, text in enumerate(texts)]
    FORMS[name](tmp_path / name, rows)
    # A text file's byte order mark says how it is encoded and is no part of its text.
    expected = [(key, text.removeprefix("\ufeff") if name.endswith(".zip") else text) for key, text in rows]
    assert read(tmp_path / name) == expected


def test_ids_of_text_files(tmp_path: Path) -> None:
    for name in ("b/s12.txt", "a.b.txt", "p10/s7.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("Normal.")
    assert [study_id for study_id, _ in read(tmp_path)] == ["a.b", "s12", "7"]


def test_other_columns_and_numbers_as_ids(tmp_path: Path) -> None:
    path = tmp_path / "reports.parquet"
    pq.write_table(pa.table({"report": ["Normal.", None], "n": [7, 8], "other": [None, None]}), path)
    assert read(path, columns=("n", "report")) == [("7", "Normal."), ("8", "")]


def test_one_column_without_a_header(tmp_path: Path) -> None:
    path = tmp_path / "reports.csv"
    path.write_text('"No effusion,\nno edema."\n\n""\nNormal.\n')
    assert read(path, layout="chexpert") == [("0", "No effusion,\nno edema."), ("1", ""), ("2", "Normal.")]


def encrypted_zip(path: Path) -> None:
    write_zip(path, ROWS)
    content = bytearray(path.read_bytes())
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = content.find(magic)
        while start >= 0:
            content[start + at] |= 1
            start = content.find(magic, start + 4)
    path.write_bytes(bytes(content))


def cut(write: Callable[[Path, list[tuple[str, str]]], None]) -> Callable[[Path], None]:
    def write_half(path: Path) -> None:
        write(path, [(str(i), f"{i * 7919} effusions") for i in range(2000)])
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    return write_half


@pytest.mark.parametrize(
    ("name", "write", "message"),
    [
        ("reports.csv.gz", cut(write_gzip), "is damaged or ends early"),
        ("reports.parquet", cut(write_parquet), "is damaged or ends early"),
        ("reports.zip", cut(write_zip), "is damaged or ends early"),
        ("reports.zip", encrypted_zip, "the archive is encrypted"),
        ("reports.zip", lambda path: write_zip(path, []), "no .txt files in the archive"),
        ("reports.zip", lambda path: path.write_bytes(b""), "is damaged or ends early"),
        ("reports.parquet", lambda path: pq.write_table(pa.table({"text": ["a"]}), path), "no column 'study_id'"),
        ("reports.csv", lambda path: path.write_bytes(b"study_id,report\n"), "no column 'text'"),
        ("reports.csv", lambda path: path.write_bytes(b""), "no column 'study_id'"),
        ("folder", Path.mkdir, "no .txt files"),
        ("absent.csv", lambda path: None, "no such file"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, name: str, write: Callable[[Path], object], message: str) -> None:
    write(tmp_path / name)
    with pytest.raises(SourceError, match=message):
        read(tmp_path / name)


def test_a_header_alone_is_a_table_without_rows(tmp_path: Path) -> None:
    (tmp_path / "reports.csv").write_text("study_id,text\n")
    assert read(tmp_path / "reports.csv") == []
