"""An invented release of CheXpert Plus, in its published layout."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.releases.files import files, table


def tree(folder: Path) -> Path:
    columns = ["path_to_image", "frontal_lateral", "ap_pa", "deid_patient_id", "patient_report_date_order", "report"]
    image = "train/patient9/study1/view{}.jpg"
    labels = [
        json.dumps({"path_to_image": image.format("1_frontal"), "Edema": 1.0, "Fracture": None, "No Finding": 0.0}),
        "{not json",
        json.dumps({"path_to_image": image.format("2_lateral"), "Edema": -1.0}),
        json.dumps({"Edema": 1.0}),
    ]
    return files(
        folder,
        {
            "df_chexpert_plus_240401.csv": table(
                [*columns, "section_impression", "age", "sex", "split"],
                [
                    image.format("1_frontal"),
                    "Frontal",
                    "AP",
                    "patient9",
                    2,
                    "IMPRESSION:\nEdema.",
                    "Edema.",
                    61,
                    "Male",
                    "train",
                ],
                [
                    image.format("2_lateral"),
                    "Lateral",
                    "",
                    "patient9",
                    2,
                    "IMPRESSION:\nEdema.",
                    "Edema.",
                    61,
                    "Male",
                    "train",
                ],
            ),
            "chexbert_labels/impression_fixed.json": "\n".join(labels) + "\n",
        },
    )
