"""ChestX-ray14: 112,120 frontal images of the NIH Clinical Center with labels mined from their reports."""

from __future__ import annotations

from warehouse.schema import raw
from warehouse.sources.base import File, Source
from warehouse.sources.tabular import BARS, YEARS, csv_rows

SOURCE = Source(
    name="chestxray14",
    title="ChestX-ray14 (NIH): 112,120 images of 30,805 patients, 984 boxes",
    licence="no restrictions on use; cite the paper and name the NIH Clinical Center",
    citation="Wang X et al. ChestX-ray8: hospital-scale chest X-ray database and benchmarks. CVPR 2017",
    url="https://nihcc.app.box.com/v/ChestXray-NIHCC",
    get="Data_Entry_2017_v2020.csv and BBox_List_2017.csv from nihcc.app.box.com/v/ChestXray-NIHCC,"
    " or with the package torchxrayvision",
    files=(
        File(
            "Data_Entry_2017_v2020.csv.gz",
            (raw.Chestxray14Image,),
            csv_rows(raw.Chestxray14Image, {"Finding Labels": BARS, "Patient Age": YEARS}),
            aliases=("Data_Entry_2017.csv",),
            sha256="9d4de640ee4f760215d8be98376b20387ca52f9c6b4d1b727cb588fb82f40b80",
        ),
        File(
            "BBox_List_2017.csv.gz",
            (raw.Chestxray14Box,),
            csv_rows(raw.Chestxray14Box),
            sha256="cf9dc6029f65daa8b389415b0546af0eeeb91fbac7d63ec49d7f8de2fd8f40cd",
            is_required=False,
        ),
    ),
)
