"""An invented release of Montgomery County, in its published layout."""

from __future__ import annotations

from pathlib import Path

from tests.support.releases.files import files


def tree(folder: Path) -> Path:
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
