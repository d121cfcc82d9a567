"""An invented release of IU X-ray as on Kaggle, in its published layout."""

from __future__ import annotations

from pathlib import Path

from tests.support.releases.files import files, table

IMAGE = "7_IM-0001-1001.dcm.png"


def tree(folder: Path) -> Path:
    columns = ["uid", "MeSH", "Problems", "image", "indication", "comparison", "findings", "impression"]
    return files(
        folder,
        {
            "indiana_reports.csv": table(
                columns,
                [
                    7,
                    "Cardiomegaly/mild;Calcified Granuloma",
                    "Cardiomegaly",
                    "PA",
                    "Cough.",
                    "",
                    "Heart large.",
                    "Large.",
                ],
                [8, "normal", "normal", "Chest, 2 views", "", "None.", "", ""],
            ),
            "indiana_projections.csv": table(
                ["uid", "filename", "projection"], [7, IMAGE, "Frontal"], [8, "8_IM-0002-2001.dcm.png", "Lateral"]
            ),
            f"images/images_normalized/{IMAGE}": b"png",
            "images/images_normalized/8_IM-0002-4001.dcm.png": b"png",
        },
    )
