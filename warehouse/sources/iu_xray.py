"""IU X-ray: the Indiana University collection as distributed on Kaggle, the one that papers on report generation use.

These are reports and images of Open-I (source ``openi``): uid 1013 is CXR1013 there. The distribution leaves out 104
reports without images, and its list of projections leaves out four images; the warehouse keeps both collections apart.
"""

from __future__ import annotations

from pathlib import Path

from warehouse.schema import annotation, raw
from warehouse.sources.base import File, Load, Source
from warehouse.sources.folder import member_rows
from warehouse.sources.openi import write_mesh_labels
from warehouse.sources.tabular import csv_rows

ANNOTATOR = "iu_xray_mesh"

_SEMICOLONS = r"regexp_split_to_array(trim({value}), '\s*;\s*')"
_REPORT_ROWS = csv_rows(
    raw.IuXrayReport,
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
            (raw.IuXrayReport, annotation.Label, annotation.LabeledStudy),
            load_reports,
            is_required=False,
        ),
        File("indiana_projections.csv", (raw.IuXrayProjection,), csv_rows(raw.IuXrayProjection), is_required=False),
        File(
            "images/images_normalized",
            (raw.IuXrayImage,),
            member_rows(raw.IuXrayImage, r"(?P<image_id>(?P<uid>\d+)_IM-[\d-]+\.dcm\.png)"),
            aliases=("images_normalized",),
            is_required=False,
            members="*.png",
        ),
    ),
    default_folder=None,
)
