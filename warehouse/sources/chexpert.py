"""CheXpert: the training labels of 223,414 Stanford images."""

from __future__ import annotations

from warehouse.schema.base import INTEGER, TEXT, Landed, column, key
from warehouse.sources.base import File, Source
from warehouse.sources.chexpert14 import CHEXPERT14, label_columns
from warehouse.sources.reading.tabular import csv_rows

_LABELS = (*CHEXPERT14[:3], "Lung Opacity", "Lung Lesion", *CHEXPERT14[5:])


class ChexpertImage(Landed, table=True):
    """Training images of CheXpert with the labels of its labeler."""

    __tablename__ = "chexpert_image"
    __table_args__ = (*label_columns(_LABELS), {"schema": "raw"})
    path: str = key(TEXT, "image file; holds patient, study and view", name="Path")
    sex: str = column(TEXT, "Male, Female or Unknown", name="Sex")
    age: int = column(INTEGER, "age; years, 90 stands for 90 and more", name="Age")
    frontal_lateral: str = column(TEXT, "Frontal or Lateral", name="Frontal/Lateral")
    ap_pa: str = column(TEXT, "AP, PA, LL or RL; null for lateral images", name="AP/PA")


SOURCE = Source(
    module=__name__,
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
            (ChexpertImage,),
            csv_rows(ChexpertImage),
            aliases=("train.csv",),
            sha256="cdd70817ac2f13e464d2e35de78cd6831b10382c869c3824c35b44f55928becb",
        ),
    ),
    images=r"""
select
    regexp_extract("Path", 'patient\d+') as patient_id,
    regexp_extract("Path", 'patient\d+/study\d+') as study_id,
    "Path" as image_id,
    "Path" as path,
    coalesce("AP/PA", "Frontal/Lateral") as view_position
from raw.chexpert_image
""",
)
