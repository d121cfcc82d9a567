"""COV-CTR: CT slices of COVID-19 and other lungs with Chinese reports and an English version of each.

The columns are those of reports_ZH_EN.csv in the archive "COV-CTR with English reports"; the earlier archive has no
English, so that column may be missing, as may the terms. A quoted field ends in a line feed in most rows. The file is
UTF-8 with a byte order mark as published; one that was saved in GB18030 is read as well.
"""

from __future__ import annotations

from pathlib import Path

from warehouse.schema import raw
from warehouse.sources.base import File, Load, Source
from warehouse.sources.encoding import CHINESE, as_utf8
from warehouse.sources.folder import member_rows
from warehouse.sources.tabular import csv_rows

_ROWS = csv_rows(raw.CovCtrReport, optional=("terminologies", "COVID", "impression", "reports_En"))


def load_reports(load: Load, file: File, path: Path) -> None:
    """Read the reports, whichever of the two encodings they are in."""
    with as_utf8(path, CHINESE) as readable:
        _ROWS(load, file, readable)


SOURCE = Source(
    name="cov-ctr",
    title="COV-CTR: 728 CT slices, 349 of COVID-19, with Chinese reports",
    licence="none stated; the slices are of published papers (COVID-CT), the reports of Harbin Medical University",
    citation="Li M et al. Auxiliary signal-guided knowledge encoder-decoder for medical report generation."
    " World Wide Web 2023;26:253-270",
    url="https://github.com/mlii0117/COV-CTR",
    get="the archive with English reports from github.com/mlii0117/COV-CTR, unpacked",
    files=(
        File(
            "reports_ZH_EN.csv",
            (raw.CovCtrReport,),
            load_reports,
            aliases=("COV-CTR/reports_ZH_EN.csv", "reports.csv"),
            is_required=False,
        ),
        File(
            "COV-CTR",
            (raw.CovCtrImage,),
            member_rows(raw.CovCtrImage, r"(?P<image_id>[^/]+\.(?:png|jpe?g))"),
            aliases=("images", "."),
            is_required=False,
            members="*.[pj][np]*g",
        ),
    ),
    default_folder=None,
)
