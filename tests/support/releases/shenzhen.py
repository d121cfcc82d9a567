"""An invented release of Shenzhen, in its published layout."""

from __future__ import annotations

from pathlib import Path

from tests.support.releases.files import files


def tree(folder: Path) -> Path:
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
