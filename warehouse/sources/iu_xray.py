"""IU X-ray: the Indiana University collection as distributed on Kaggle, the one that papers on report generation use.

These are reports and images of Open-I (source ``openi``): uid 1013 is CXR1013 there. The distribution leaves out 104
reports without images, and its list of projections leaves out four images; the warehouse keeps both collections apart.
"""

from __future__ import annotations

from pathlib import Path

from warehouse.schema import annotation
from warehouse.schema.base import BIGINT, TEXT, TEXTS, Landed, LandedFolder, column, key
from warehouse.sources.base import File, Load, Source
from warehouse.sources.indiana import REPORT_TEXT, write_mesh_labels
from warehouse.sources.reading.folder_rows import member_rows
from warehouse.sources.reading.tabular import csv_rows


class IuXrayReport(Landed, table=True):
    """Reports of the Indiana University collection as distributed on Kaggle."""

    __tablename__ = "iu_xray_report"
    uid: int = key(BIGINT, "report; 1013 is CXR1013 of Open-I")
    mesh: list[str] = column(TEXTS, "MeSH terms and qualifiers, published with semicolons between them", name="MeSH")
    problems: list[str] = column(TEXTS, "terms without qualifiers, published with semicolons between", name="Problems")
    image: str = column(TEXT, "what was examined, as written; no file name")
    indication: str = column(TEXT, "INDICATION section")
    comparison: str = column(TEXT, "COMPARISON section")
    findings: str = column(TEXT, "FINDINGS section")
    impression: str = column(TEXT, "IMPRESSION section")


class IuXrayProjection(Landed, table=True):
    """Images of the Indiana University collection as distributed on Kaggle, with their view."""

    __tablename__ = "iu_xray_projection"
    uid: int = column(BIGINT, "report")
    filename: str = key(TEXT, "image file, e.g. 1_IM-0001-4001.dcm.png")
    projection: str = column(TEXT, "Frontal or Lateral")


class IuXrayImage(LandedFolder, table=True):
    """Image files of the Kaggle distribution that are there; four have no line in its list of projections."""

    __tablename__ = "iu_xray_image"
    image_id: str = key(TEXT, "image file, e.g. 1_IM-0001-4001.dcm.png")
    uid: str = column(TEXT, "report, from the file's name")
    path: str = column(TEXT, "file within the release")


ANNOTATOR = "iu_xray_mesh"

_SEMICOLONS = r"regexp_split_to_array(trim({value}), '\s*;\s*')"
_REPORT_ROWS = csv_rows(
    IuXrayReport,
    {"MeSH": _SEMICOLONS, "Problems": _SEMICOLONS},
    optional=("MeSH", "Problems", "image", "indication", "comparison"),
)


def load_reports(load: Load, file: File, path: Path) -> None:
    """Read the reports, then derive the labels that their MeSH coding implies."""
    _REPORT_ROWS(load, file, path)
    write_mesh_labels(
        load, "iu_xray", ANNOTATOR, 'select uid::varchar as study_id, "MeSH" as terms from raw.iu_xray_report'
    )


SOURCE = Source(
    module=__name__,
    name="iu-xray",
    title="IU X-ray as on Kaggle: 3,851 reports and 7,466 images of Open-I",
    licence="CC BY-NC-ND 4.0, that of Open-I",
    citation="Demner-Fushman D et al. Preparing a collection of radiology examinations for distribution and retrieval."
    " J Am Med Inform Assoc 2016;23(2):304-310",
    url="https://www.kaggle.com/datasets/raddar/chest-xrays-indiana-university",
    get="indiana_reports.csv, indiana_projections.csv and images from kaggle.com/datasets/raddar/"
    "chest-xrays-indiana-university",
    files=(
        File(
            "indiana_reports.csv",
            (IuXrayReport, annotation.Label, annotation.LabeledStudy),
            load_reports,
            is_required=False,
        ),
        File("indiana_projections.csv", (IuXrayProjection,), csv_rows(IuXrayProjection), is_required=False),
        File(
            "images/images_normalized",
            (IuXrayImage,),
            member_rows(IuXrayImage, r"(?P<image_id>(?P<uid>\d+)_IM-[\d-]+\.dcm\.png)"),
            aliases=("images_normalized",),
            is_required=False,
            members="*.png",
        ),
    ),
    default_folder=None,
    seeds=("mesh_finding",),
    reports=f"""
select
    uid::varchar as patient_id,
    uid::varchar as study_id,
    {REPORT_TEXT} as text,
    'en' as language
from raw.iu_xray_report
""",
    images="""
select
    coalesce(listed.uid::varchar, image.uid) as patient_id,
    coalesce(listed.uid::varchar, image.uid) as study_id,
    coalesce(listed.filename, image.image_id) as image_id,
    coalesce(image.path, 'images/images_normalized/' || listed.filename) as path,
    listed.projection as view_position
from raw.iu_xray_projection as listed
full outer join raw.iu_xray_image as image
    on listed.filename = image.image_id
""",
)
