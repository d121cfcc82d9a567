"""Trees of the smaller relatives in their published layout, with invented content."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from warehouse.findings import scheme
from warehouse.sources.jsrt import IMAGE_BYTES

LABELS = tuple(scheme("chexpert14"))
FINDINGS_ZH = "双肺下叶见磨玻璃样密度影\uff0c边界不清。"
IMPRESSION_ZH = "双肺感染性病变\uff0c病毒性肺炎可能。"
IUX_IMAGE = "7_IM-0001-1001.dcm.png"


def table(header: list[str], *rows: list[object]) -> str:
    """Return CSV with every field quoted where it must be."""
    lines = io.StringIO()
    csv.writer(lines, lineterminator="\n").writerows([header, *rows])
    return lines.getvalue()


def files(folder: Path, content: dict[str, str | bytes | int]) -> Path:
    """Write files under a folder and return it; a number is the size of a file of zeros."""
    for name, written in content.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(written, int):
            with path.open("wb") as zeros:
                zeros.truncate(written)
        else:
            path.write_bytes(written.encode() if isinstance(written, str) else written)
    return folder


def jsrt(folder: Path) -> Path:
    # The first two records of nodules are without a line end between them, as in some copies.
    nodules = (
        "JPCLN001.IMG\t4\t12\t61\tfemale\t1500\t700\tmalignant\tl.upper lobe(S3)\tinvented carcinoma"
        "JPCLN002.IMG\t2\t31\t?\tmale\t400\t1200\tbenign\tr.lower lobe\tgranuloma\tinvented\r\n"
        "JPCLN003.IMG\tnot a record\n"
    )
    normals = "JPCNN001.IMG  45  male  non-nodule\nJPCNN002.IMG ? female non-nodule\n"
    return files(
        folder,
        {
            "Clinical_Information/CLNDAT_EN.txt": nodules,
            "Clinical_Information/CNNDAT_EN.TXT": normals,
            "Nodule154images/JPCLN001.IMG": IMAGE_BYTES,
            "NonNodule93images/JPCNN003.IMG": IMAGE_BYTES,
            "NonNodule93images/JPCNN004.IMG": b"cut short",
        },
    )


def montgomery(folder: Path) -> Path:
    reading = "Patient's Sex: F \nPatient's Age: 037Y\n{}\n"
    return files(
        folder,
        {
            "MontgomerySet/CXR_png/MCUCXR_0001_0.png": b"png",
            "MontgomerySet/CXR_png/._MCUCXR_0001_0.png": b"of macOS",
            "MontgomerySet/CXR_png/MCUCXR_0104_1.png": b"png",
            "MontgomerySet/CXR_png/other.png": b"png",
            "MontgomerySet/ClinicalReadings/MCUCXR_0001_0.txt": reading.format("normal"),
            "MontgomerySet/ClinicalReadings/MCUCXR_0104_1.txt": reading.format("Invented cavity.\n\nActive TB."),
            "MontgomerySet/ManualMask/leftMask/MCUCXR_0001_0.png": b"png",
            "MontgomerySet/ManualMask/rightMask/MCUCXR_0001_0.png": b"png",
        },
    )


def shenzhen(folder: Path) -> Path:
    readings = {
        "0001_0": "male 45yrs\nnormal",
        "0002_1": "Female,2 months\ninvented PTB in the left upper field",
        "0003_1": "nobody said",
        "0004_1": "male\uff0c33yrs\n继发性肺结核".encode("gb18030"),
        "0005_1": b"\xff\xff\xff",
    }
    content: dict[str, str | bytes | int] = {
        f"ClinicalReadings/CHNCXR_{name}.txt": text for name, text in readings.items()
    }
    return files(folder, content | {"CXR_png/CHNCXR_0001_0.png": b"png", "CXR_png/CHNCXR_0006_0.png": b"png"})


def iu_xray(folder: Path) -> Path:
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
                ["uid", "filename", "projection"], [7, IUX_IMAGE, "Frontal"], [8, "8_IM-0002-2001.dcm.png", "Lateral"]
            ),
            f"images/images_normalized/{IUX_IMAGE}": b"png",
            "images/images_normalized/8_IM-0002-4001.dcm.png": b"png",
        },
    )


def cov_ctr(folder: Path, encoding: str = "utf-8-sig") -> Path:
    rows: list[list[object]] = [
        ["20.jpg", FINDINGS_ZH, "磨玻璃", 1, IMPRESSION_ZH, "Invented ground glass.\n"],
        ["20.jpg", "另一份报告。", "无", 1, "另一个印象。", "Another report.\n"],
        ["83%2.png", "双肺未见异常。", "正常", 0, "未见异常。", "Invented normal lungs.\n"],
    ]
    columns = ["image_id", "findings", "terminologies", "COVID", "impression", "reports_En"]
    return files(
        folder,
        {
            "COV-CTR/reports_ZH_EN.csv": table(columns, *rows).encode(encoding),
            "COV-CTR/20.jpg": b"jpg",
            "COV-CTR/5%7.jpeg": b"jpg",
        },
    )


def brax(folder: Path) -> Path:
    columns = ["", "DicomPath", "PngPath", "PatientID", "PatientSex", "PatientAge", "AccessionNumber", "StudyDate"]
    tail = ["ViewPosition", "Rows", "Columns", "Manufacturer"]
    image = "id_a/Study_1/Series_2/image-{}"

    def row(n: int, age: object, view: str, values: dict[str, float]) -> list[object]:
        path = image.format(n)
        own = [n, f"Anonymized_DICOMs/{path}.dcm", f"images/{path}.png", "id_a", "F", age, "acc1", "20080102"]
        return [*own, *(values.get(label, "") for label in LABELS), view, 2048, 2500, 3]

    return files(
        folder,
        {
            "master_spreadsheet_update.csv": table(
                [*columns, *LABELS, *tail],
                row(0, "85 or more", "PA", {"Cardiomegaly": 1.0, "Edema": -1.0}),
                row(1, 40, "RLO", {"Edema": 0.0}),
            )
        },
    )


def chexpert_plus(folder: Path) -> Path:
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


TREES = {
    "jsrt": jsrt,
    "montgomery": montgomery,
    "shenzhen": shenzhen,
    "iu-xray": iu_xray,
    "cov-ctr": cov_ctr,
    "brax": brax,
    "chexpert-plus": chexpert_plus,
}
