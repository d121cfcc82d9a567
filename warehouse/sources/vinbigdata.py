"""VinBigData (VinDr-CXR): boxes of 15,000 images, each read by three radiologists."""

from __future__ import annotations

from warehouse.schema.base import BIGINT, DOUBLE, SMALLINT, TEXT, Landed, column, key
from warehouse.sources.base import File, Source
from warehouse.sources.reading.tabular import csv_rows


class VinbigdataBox(Landed, table=True):
    """Boxes of VinBigData (VinDr-CXR training set), one radiologist a row; "No finding" rows have no box."""

    __tablename__ = "vinbigdata_box"
    source_row: int = key(BIGINT, "row of the source file, from 1; the rows have no key of their own")
    image_id: str = column(TEXT, "image")
    class_name: str = column(TEXT, "finding")
    class_id: int = column(SMALLINT, "number of the finding; 14 is No finding")
    rad_id: str = column(TEXT, "radiologist")
    x_min: float = column(DOUBLE, "left edge; pixels of the original image")
    y_min: float = column(DOUBLE, "top edge; pixels")
    x_max: float = column(DOUBLE, "right edge; pixels")
    y_max: float = column(DOUBLE, "bottom edge; pixels")


SOURCE = Source(
    module=__name__,
    name="vinbigdata",
    title="VinBigData chest X-ray abnormalities (VinDr-CXR): 67,914 rows of 15,000 images",
    licence="PhysioNet Credentialed Health Data License 1.5.0 (VinDr-CXR); challenge rules on Kaggle",
    citation="Nguyen HQ et al. VinDr-CXR: an open dataset of chest X-rays with radiologist's annotations."
    " Sci Data 2022;9:429",
    url="https://www.kaggle.com/c/vinbigdata-chest-xray-abnormalities-detection",
    get="train.csv from the challenge on Kaggle, or with the package torchxrayvision",
    files=(
        File(
            "vinbigdata-train.csv.gz",
            (VinbigdataBox,),
            csv_rows(VinbigdataBox),
            aliases=("train.csv",),
            sha256="3de944071c7178f6187e669a12795ba5fed2bfdc77481437ae587d8c077215c2",
        ),
    ),
    images="""
select distinct image_id as study_id, image_id, image_id || '.dicom' as path
from raw.vinbigdata_box
""",
)
