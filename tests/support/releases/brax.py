"""An invented release of BRAX, in its published layout."""

from __future__ import annotations

from pathlib import Path

from tests.support.releases.files import files, table
from warehouse.sources.chexpert14 import CHEXPERT14


def tree(folder: Path) -> Path:
    columns = ["", "DicomPath", "PngPath", "PatientID", "PatientSex", "PatientAge", "AccessionNumber", "StudyDate"]
    tail = ["ViewPosition", "Rows", "Columns", "Manufacturer"]
    image = "id_a/Study_1/Series_2/image-{}"

    def row(n: int, age: object, view: str, values: dict[str, float]) -> list[object]:
        path = image.format(n)
        own = [n, f"Anonymized_DICOMs/{path}.dcm", f"images/{path}.png", "id_a", "F", age, "acc1", "20080102"]
        return [*own, *(values.get(label, "") for label in CHEXPERT14), view, 2048, 2500, 3]

    return files(
        folder,
        {
            "master_spreadsheet_update.csv": table(
                [*columns, *CHEXPERT14, *tail],
                row(0, "85 or more", "PA", {"Cardiomegaly": 1.0, "Edema": -1.0}),
                row(1, 40, "RLO", {"Edema": 0.0}),
            )
        },
    )
