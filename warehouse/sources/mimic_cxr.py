"""MIMIC-CXR: records, studies, providers and free-text reports of a release on the user's disk."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from warehouse.schema import raw
from warehouse.sources.base import MIMIC_REPORTS, File, Load, Source
from warehouse.sources.tabular import csv_rows

_REPORT = re.compile(r"files/p\d{2}/p(\d+)/s(\d+)\.txt$")
_BATCH = 5_000


def load_reports(load: Load, file: File, path: Path) -> None:
    """Read the reports from the zip in place, or from the text files under ``files``."""
    rows: list[dict[str, Any]] = []
    bad: list[tuple[str, str, str]] = []
    n_read = 0
    for name, content in _members(file, path):
        found = _REPORT.search(name)
        if not found:
            bad.append((name, "not_a_report_path", "a report's path ends in files/pNN/pSUBJECT/sSTUDY.txt"))
            continue
        try:
            text = content.decode()
        except UnicodeDecodeError:
            bad.append((name, "not_utf8", "the report is not UTF-8"))
            continue
        subject_id, study_id = map(int, found.groups())
        rows.append({"subject_id": subject_id, "study_id": study_id, "path": found.group(), "text": text})
        if len(rows) == _BATCH:
            load.append(raw.MimicCxrReport, rows, file.name)
            n_read += len(rows)
            load.progress("read MIMIC-CXR reports", n_read, 0)
            rows = []
    load.append(raw.MimicCxrReport, rows, file.name)
    load.reject(file.name, bad)


def _members(file: File, path: Path) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        for report in file.files_of(path):
            yield f"files/{report.relative_to(path).as_posix()}", report.read_bytes()
        return
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith(".txt") and not name.startswith("__MACOSX/"):
                yield name, archive.read(name)


SOURCE = Source(
    name="mimic-cxr",
    title="MIMIC-CXR 2.1.0: 377,110 images and 227,835 reports of 65,379 patients",
    licence="PhysioNet Credentialed Health Data License 1.5.0",
    citation="Johnson AEW et al. MIMIC-CXR, a de-identified publicly available database of chest radiographs"
    " with free-text reports. Sci Data 2019;6:317",
    url="https://physionet.org/content/mimic-cxr/2.1.0/",
    get="credentialed access at physionet.org/content/mimic-cxr",
    files=(
        File("cxr-record-list.csv.gz", (raw.MimicCxrRecord,), csv_rows(raw.MimicCxrRecord), is_required=False),
        File("cxr-study-list.csv.gz", (raw.MimicCxrStudy,), csv_rows(raw.MimicCxrStudy), is_required=False),
        File(
            "cxr-provider-list.csv.gz",
            (raw.MimicCxrProvider,),
            csv_rows(raw.MimicCxrProvider, optional=("subject_id",)),
            is_required=False,
        ),
        File(
            "mimic-cxr-reports.zip",
            (raw.MimicCxrReport,),
            load_reports,
            aliases=("files",),
            is_required=False,
            members=MIMIC_REPORTS,
        ),
    ),
    default_folder=None,
)
