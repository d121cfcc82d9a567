"""DICOM files for the tests: those that pydicom and pydicom-data ship, and small ones made here."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

CR = UID("1.2.840.10008.5.1.4.1.1.1")


def shipped() -> list[Path]:
    """Return the files with a preamble that pydicom and pydicom-data install; nothing is downloaded."""
    here = Path(pydicom.__file__).parent / "data" / "test_files"
    there = importlib.util.find_spec("data_store")
    assert there is not None
    folders = [here, *(Path(folder) / "data" for folder in there.submodule_search_locations or [])]
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    return [path for path in files if path.read_bytes()[128:132] == b"DICM"]


def radiograph(pixels: Any = None, **elements: Any) -> Dataset:
    """Return a de-identified radiograph; ``elements`` are set by keyword, None removes one."""
    if pixels is None:
        pixels = np.arange(48, dtype=np.uint16).reshape(6, 8) * 50
    dataset = Dataset()
    values: dict[str, Any] = {
        "SOPClassUID": CR,
        "SOPInstanceUID": generate_uid(entropy_srcs=[repr(elements)]),
        "StudyInstanceUID": "1.2.3",
        "Modality": "DX",
        "PatientID": "10000032",
        "PatientName": "",
        "PatientIdentityRemoved": "YES",
        "StudyDate": "21800506",
        "StudyTime": "080556.875",
        "ViewPosition": "PA",
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": pixels.shape[0],
        "Columns": pixels.shape[1],
        "BitsAllocated": pixels.dtype.itemsize * 8,
        "BitsStored": pixels.dtype.itemsize * 8,
        "HighBit": pixels.dtype.itemsize * 8 - 1,
        "PixelRepresentation": int(pixels.dtype.kind == "i"),
        "PixelData": pixels.tobytes(),
    } | elements
    for keyword, value in values.items():
        if value is not None:
            setattr(dataset, keyword, value)
    return dataset


def save(dataset: Dataset, path: Path, syntax: UID = ExplicitVRLittleEndian) -> Path:
    """Write a data set with its file meta information."""
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.save_as(
        path, enforce_file_format=True, implicit_vr=syntax.is_implicit_VR, little_endian=syntax.is_little_endian
    )
    return path


def code(meaning: str) -> Dataset:
    """Return a code sequence's item."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "1", "SRT", meaning
    return item
