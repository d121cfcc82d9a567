"""PadChest: 160,861 images of the Hospital San Juan de Alicante with their Spanish reports."""

from __future__ import annotations

from warehouse.schema import raw
from warehouse.sources.base import File, Source
from warehouse.sources.tabular import csv_rows

SOURCE = Source(
    name="padchest",
    title="PadChest: 160,861 images of 67,625 patients with Spanish reports and labels",
    licence="PadChest data use agreement: research only, no redistribution of the images",
    citation="Bustos A et al. PadChest: a large chest x-ray image dataset with multi-label annotated reports."
    " Med Image Anal 2020;66:101797",
    url="https://bimcv.cipf.es/bimcv-projects/padchest/",
    get="the labels CSV from bimcv.cipf.es/bimcv-projects/padchest, or with the package torchxrayvision",
    files=(
        File(
            "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv.gz",
            (raw.PadchestImage,),
            csv_rows(raw.PadchestImage, nulls=("", "nan", "None")),
            sha256="34a10144a87fe00c176f23f9aa174a10137fd425882b09d8fb012ab817d99d65",
        ),
    ),
)
