"""SIIM-ACR pneumothorax segmentation: run-length masks of 12,047 images."""

from __future__ import annotations

from warehouse.schema.base import BIGINT, TEXT, Landed, column, key
from warehouse.sources.base import File, Source
from warehouse.sources.reading.tabular import csv_rows


class SiimPneumothoraxMask(Landed, table=True):
    """Masks of the SIIM-ACR pneumothorax challenge; an image without pneumothorax has one row without a mask."""

    __tablename__ = "siim_pneumothorax_mask"
    source_row: int = key(BIGINT, "row of the source file, from 1; the rows have no key of their own")
    image_id: str = column(TEXT, "image (SOP instance UID)", name="ImageId")
    encoded_pixels: str = column(
        TEXT, "runs of the mask, column by column, starts relative; -1 for no pneumothorax", name=" EncodedPixels"
    )


SOURCE = Source(
    module=__name__,
    name="siim-pneumothorax",
    title="SIIM-ACR pneumothorax segmentation: 12,954 masks of 12,047 images",
    licence="SIIM-ACR challenge rules: academic research and education, not commercial",
    citation="SIIM-ACR Pneumothorax Segmentation. Society for Imaging Informatics in Medicine, Kaggle 2019",
    url="https://www.kaggle.com/c/siim-acr-pneumothorax-segmentation",
    get="train-rle.csv from the challenge on Kaggle, or with the package torchxrayvision",
    files=(
        File(
            "siim-pneumothorax-train-rle.csv.gz",
            (SiimPneumothoraxMask,),
            csv_rows(SiimPneumothoraxMask),
            aliases=("train-rle.csv",),
            sha256="f3663a1ae9d11067b7a37a3c4fb69e22eb3c7a960d4118c47235e0e1cab64489",
        ),
    ),
    images="""
select distinct "ImageId" as study_id, "ImageId" as image_id, "ImageId" || '.dcm' as path
from raw.siim_pneumothorax_mask
""",
)
