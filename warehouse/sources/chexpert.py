"""CheXpert: the training labels of 223,414 Stanford images."""

from __future__ import annotations

from warehouse.schema import raw
from warehouse.sources.base import File, Source
from warehouse.sources.tabular import csv_rows

SOURCE = Source(
    name="chexpert",
    title="CheXpert: labels of 223,414 training images of 64,540 patients",
    licence="Stanford University Dataset Research Use Agreement",
    citation="Irvin J et al. CheXpert: a large chest radiograph dataset with uncertainty labels and expert"
    " comparison. AAAI 2019",
    url="https://stanfordmlgroup.github.io/competitions/chexpert/",
    get="train.csv of CheXpert-v1.0-small from stanfordmlgroup.github.io,"
    " or chexpert_train.csv.gz with the package torchxrayvision",
    files=(
        File(
            "chexpert_train.csv.gz",
            (raw.ChexpertImage,),
            csv_rows(raw.ChexpertImage),
            aliases=("train.csv",),
            sha256="cdd70817ac2f13e464d2e35de78cd6831b10382c869c3824c35b44f55928becb",
        ),
    ),
)
