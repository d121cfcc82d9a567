"""VinBigData (VinDr-CXR): boxes of 15,000 images, each read by three radiologists."""

from __future__ import annotations

from warehouse.schema import raw
from warehouse.sources.base import File, Source
from warehouse.sources.tabular import csv_rows

SOURCE = Source(
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
            (raw.VinbigdataBox,),
            csv_rows(raw.VinbigdataBox),
            aliases=("train.csv",),
            sha256="3de944071c7178f6187e669a12795ba5fed2bfdc77481437ae587d8c077215c2",
        ),
    ),
)
