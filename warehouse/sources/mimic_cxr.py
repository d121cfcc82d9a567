"""MIMIC-CXR: records, studies, providers and free-text reports of a release on the user's disk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa

from warehouse.schema.base import BIGINT, TEXT, Landed, column, key
from warehouse.sources.base import File, Load, Source
from warehouse.sources.reading.tabular import csv_rows
from warehouse.sources.reading.zipped import read_members


class MimicCxrRecord(Landed, table=True):
    """Images of MIMIC-CXR (cxr-record-list)."""

    __tablename__ = "mimic_cxr_record"
    dicom_id: str = key(TEXT, "image")
    subject_id: int = column(BIGINT, "patient")
    study_id: int = column(BIGINT, "study")
    path: str = column(TEXT, "DICOM file within the release")


class MimicCxrStudy(Landed, table=True):
    """Studies of MIMIC-CXR (cxr-study-list)."""

    __tablename__ = "mimic_cxr_study"
    subject_id: int = column(BIGINT, "patient")
    study_id: int = key(BIGINT, "study")
    path: str = column(TEXT, "report file within the release")


class MimicCxrProvider(Landed, table=True):
    """Who ordered and read the studies (cxr-provider-list, from release 2.1.0)."""

    __tablename__ = "mimic_cxr_provider"
    subject_id: int = column(BIGINT, "patient")
    study_id: int = key(BIGINT, "study")
    ordering_provider_id: str = column(TEXT, "provider who ordered the study")
    attending_provider_id: str = column(TEXT, "attending radiologist")
    resident_provider_id: str = column(TEXT, "resident radiologist")


class MimicCxrReport(Landed, table=True):
    """Free-text reports of MIMIC-CXR (mimic-cxr-reports.zip, or the text files under files/)."""

    __tablename__ = "mimic_cxr_report"
    subject_id: int = column(BIGINT, "patient")
    study_id: int = key(BIGINT, "study")
    path: str = column(TEXT, "report file within the release")
    text: str = column(TEXT, "the report, as published")


_REPORT = re.compile(r"(?:^|/)(files/p\d{2}/p(\d{1,18})/s(\d{1,18})\.txt)$")
_BATCH = 5_000
_REPORTS = "p*/p*/s*.txt"
"""Where the reports are in the folder ``files``; MIMIC-CXR-JPG's, or a copy of the images alone, has none."""

NOT_A_STUDY_ID = "try_cast({value} as bigint) not between 50000000 and 59999999"
NOT_A_SUBJECT_ID = "try_cast({value} as bigint) not between 10000000 and 19999999"
NEITHER_NUMBER_NOR_PATH = "try_cast({value} as bigint) is null and not contains({value}, '/')"
HAS_FOLDERS = "contains({value}, '/')"
FORMS = {
    "subject_id": NOT_A_STUDY_ID,
    "study_id": NOT_A_SUBJECT_ID,
    "dicom_id": NEITHER_NUMBER_NOR_PATH,
    "path": HAS_FOLDERS,
}
"""What the ids of the release look like: a column whose values mostly do not is another column under its name. Numbers
out of the published ranges are for `cxr check` to name, so that releases made elsewhere load."""


def load_reports(load: Load, file: File, path: Path) -> None:
    """Read the reports from the zip in place, or from the text files under ``files``.

    A member that is no report, cannot be read, is not UTF-8 or names a study that came before is rejected by itself. A
    report without text is a report.
    """
    rows: list[tuple[int, int, str, bytes]] = []
    bad: list[tuple[str, str, str]] = []
    seen: set[int] = set()
    with ThreadPoolExecutor(1) as writer:  # DuckDB stores a batch while the next is unpacked
        storing: Future[None] | None = None
        for name, content in _members(file, path):
            found = _REPORT.search(name)
            if not found:
                bad.append((name, "not_a_report_path", "a report's path ends in files/pNN/pSUBJECT/sSTUDY.txt"))
            elif content is None:
                bad.append((name, "unreadable_member", "damaged, encrypted or not to be read"))
            elif not _is_utf8(content):
                bad.append((name, "not_utf8", "the report is not UTF-8"))
            elif (study_id := int(found[3])) in seen:
                bad.append((name, "second_report", "another report of the study came before"))
            else:
                seen.add(study_id)
                rows.append((int(found[2]), study_id, found[1], content))
                if len(rows) == _BATCH:
                    if storing:
                        storing.result()
                    storing = writer.submit(_append, load, file, rows)
                    load.progress("read MIMIC-CXR reports", len(seen), 0)
                    rows = []
        if storing:
            storing.result()
    _append(load, file, rows)
    load.reject(file.name, bad)


def _append(load: Load, file: File, rows: list[tuple[int, int, str, bytes]]) -> None:
    if not rows:
        return
    subject_ids, study_ids, paths, texts = zip(*rows, strict=True)
    columns = {
        "subject_id": pa.array(subject_ids, pa.int64()),
        "study_id": pa.array(study_ids, pa.int64()),
        "path": pa.array(paths, pa.string()),
        "text": pa.array(texts, pa.string()),
    }
    load.append_arrow(MimicCxrReport, pa.table(columns), file.name)


def _is_utf8(content: bytes) -> bool:
    if content.isascii():
        return True
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _members(file: File, path: Path) -> Iterator[tuple[str, bytes | None]]:
    if path.is_file():
        yield from read_members(path, ".txt")
        return
    for name, _ in file.members_of(path):
        try:
            yield f"files/{name}", (path / name).read_bytes()
        except OSError:
            yield f"files/{name}", None


def releases(name: str) -> tuple[str, ...]:
    """Return where a release lies under a folder that holds it: as PhysioNet, wget and people nest them."""
    version = "[0-9]*.[0-9]*.[0-9]*"
    parents = (name, f"files/{name}", f"physionet.org/files/{name}")
    return (version, name, *(f"{parent}/{version}" for parent in parents))


SOURCE = Source(
    module=__name__,
    name="mimic-cxr",
    title="MIMIC-CXR 2.1.0: 377,110 images and 227,835 reports of 65,379 patients",
    licence="PhysioNet Credentialed Health Data License 1.5.0",
    citation="Johnson AEW et al. MIMIC-CXR, a de-identified publicly available database of chest radiographs"
    " with free-text reports. Sci Data 2019;6:317",
    url="https://physionet.org/content/mimic-cxr/2.1.0/",
    get="credentialed access at physionet.org/content/mimic-cxr",
    files=(
        File(
            "cxr-record-list.csv.gz",
            (MimicCxrRecord,),
            csv_rows(MimicCxrRecord, forms=FORMS),
            is_required=False,
        ),
        File("cxr-study-list.csv.gz", (MimicCxrStudy,), csv_rows(MimicCxrStudy, forms=FORMS), is_required=False),
        File(
            "cxr-provider-list.csv.gz",
            (MimicCxrProvider,),
            csv_rows(MimicCxrProvider, optional=("subject_id",), forms=FORMS),
            is_required=False,
        ),
        File(
            "mimic-cxr-reports.zip",
            (MimicCxrReport,),
            load_reports,
            aliases=("files", "mimic-cxr-reports/files"),
            is_required=False,
            members=_REPORTS,
        ),
    ),
    default_folder=None,
    releases=releases("mimic-cxr"),
    reports="""
select subject_id::varchar as patient_id, study_id::varchar as study_id, text, 'en' as language
from raw.mimic_cxr_report
""",
    images="""
select
    subject_id::varchar as patient_id,
    study_id::varchar as study_id,
    dicom_id as image_id,
    coalesce(
        record.path,
        concat(
            'files/p', left(subject_id::varchar, 2), '/p', subject_id, '/s', study_id, '/', dicom_id, metadata.suffix
        )
    ) as path,
    metadata."ViewPosition" as view_position
from raw.mimic_cxr_record as record
full outer join (
    select dicom_id, subject_id, study_id, "ViewPosition", '.jpg' as suffix from raw.mimic_cxr_jpg_metadata
    union all
    select dicom_id, subject_id, study_id, "ViewPosition", '.dcm' from raw.mimic_cxr_dicom_metadata
    where dicom_id not in (select dicom_id from raw.mimic_cxr_jpg_metadata)
) as metadata using (dicom_id, subject_id, study_id)
""",
)
