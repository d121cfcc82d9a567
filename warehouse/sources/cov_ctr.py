"""COV-CTR: CT slices of COVID-19 and other lungs with Chinese reports and an English version of each.

The columns are those of reports_ZH_EN.csv in the archive "COV-CTR with English reports"; the earlier archive has no
English, so that column may be missing, as may the terms. A quoted field ends in a line feed in most rows. The file is
UTF-8 with a byte order mark as published; one that was saved in GB18030 is read as well.
The slices are of unnamed patients; of two reports of an image the first in the file counts.
"""

from __future__ import annotations

from pathlib import Path

from warehouse.schema.base import BIGINT, SMALLINT, TEXT, Landed, LandedFolder, column, key, required
from warehouse.sources.base import File, Load, Source
from warehouse.sources.reading.encoding import CHINESE, as_utf8
from warehouse.sources.reading.folder_rows import member_rows
from warehouse.sources.reading.tabular import csv_rows


class CovCtrReport(Landed, table=True):
    """Reports of COV-CTR, Chinese with an English version of the findings; a few images have two."""

    __tablename__ = "cov_ctr_report"
    source_row: int = key(BIGINT, "row of the source file, from 1; six images are there twice")
    image_id: str = required(TEXT, "image file, e.g. 20.jpg")
    findings: str = column(TEXT, "findings, in Chinese")
    terminologies: str = column(TEXT, "terms of the findings, in Chinese")
    covid: int = column(SMALLINT, "1 COVID-19, 0 not", name="COVID")
    impression: str = column(TEXT, "impression, in Chinese")
    reports_en: str = column(TEXT, "report in English, by the authors", name="reports_En")


class CovCtrImage(LandedFolder, table=True):
    """Image files of COV-CTR that are there: single CT slices as PNG or JPEG."""

    __tablename__ = "cov_ctr_image"
    image_id: str = key(TEXT, "image file, e.g. 20.jpg")
    path: str = column(TEXT, "file within the release")


_ROWS = csv_rows(CovCtrReport, optional=("terminologies", "COVID", "impression", "reports_En"))


def load_reports(load: Load, file: File, path: Path) -> None:
    """Read the reports, whichever of the two encodings they are in."""
    with as_utf8(path, CHINESE) as readable:
        _ROWS(load, file, readable)


SOURCE = Source(
    module=__name__,
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
            (CovCtrReport,),
            load_reports,
            aliases=("COV-CTR/reports_ZH_EN.csv", "reports.csv"),
            is_required=False,
        ),
        File(
            "COV-CTR",
            (CovCtrImage,),
            member_rows(CovCtrImage, r"(?P<image_id>[^/]+\.(?:png|jpe?g))"),
            aliases=("images", "."),
            is_required=False,
            members="*.[pj][np]*g",
        ),
    ),
    default_folder=None,
    reports=r"""
select
    image_id as study_id,
    arg_min(concat_ws(e'\n\n', 'FINDINGS: ' || findings, 'IMPRESSION: ' || impression), source_row) as text,
    'zh' as language
from raw.cov_ctr_report
group by image_id
""",
    images="""
select image_id as study_id, image_id, coalesce(image.path, image_id) as path
from raw.cov_ctr_image as image
full outer join (select distinct image_id from raw.cov_ctr_report) using (image_id)
""",
)
