"""SIIM-ACR pneumothorax segmentation: run-length masks of 12,047 images."""

from __future__ import annotations

from warehouse.schema import raw
from warehouse.sources.base import File, Source
from warehouse.sources.tabular import csv_rows

SOURCE = Source(
    name="siim-pneumothorax",
    title="SIIM-ACR pneumothorax segmentation: 12,954 masks of 12,047 images",
    licence="SIIM-ACR challenge rules: academic research and education, not commercial",
    citation="SIIM-ACR Pneumothorax Segmentation. Society for Imaging Informatics in Medicine, Kaggle 2019",
    url="https://www.kaggle.com/c/siim-acr-pneumothorax-segmentation",
    get="train-rle.csv from the challenge on Kaggle, or with the package torchxrayvision",
    files=(
        File(
            "siim-pneumothorax-train-rle.csv.gz",
            (raw.SiimPneumothoraxMask,),
            csv_rows(raw.SiimPneumothoraxMask),
            aliases=("train-rle.csv",),
            sha256="f3663a1ae9d11067b7a37a3c4fb69e22eb3c7a960d4118c47235e0e1cab64489",
        ),
    ),
)
