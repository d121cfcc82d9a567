"""BRAX: 40,967 images of the Hospital Israelita Albert Einstein with the 14 labels of CheXpert.

Columns as the release's page and torchxrayvision's loader name them. That page calls the dates fictitious and does not
say whether they keep the order of a patient's studies. Accession numbers are random; they count within a patient here.
"""

from __future__ import annotations

from warehouse.schema import raw
from warehouse.sources.base import File, Source
from warehouse.sources.tabular import csv_rows

SOURCE = Source(
    name="brax",
    title="BRAX 1.1.0: 40,967 images of 24,959 studies with labels from Portuguese reports",
    licence="PhysioNet Credentialed Health Data License 1.5.0",
    citation="Reis EP et al. BRAX, Brazilian labeled chest x-ray dataset. Sci Data 2022;9:487",
    url="https://physionet.org/content/brax/1.1.0/",
    get="credentialed access at physionet.org/content/brax",
    files=(
        File(
            "master_spreadsheet_update.csv",
            (raw.BraxImage,),
            csv_rows(raw.BraxImage, optional=("DicomPath", "StudyDate", "Rows", "Columns", "Manufacturer")),
            aliases=("master_spreadsheet.csv",),
        ),
    ),
    default_folder=None,
)
