"""Images of a synthetic release: a phantom of a chest as DICOM, with headers as MIMIC-CXR has them, and as JPG."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian, generate_uid

from warehouse.dicom.pixels import to_grey8, to_jpeg

SIZE = (512, 420)
"""Rows and columns of a drawn image; pixels."""

MAX = 4095
"""Largest value of 12 bits."""


def draw_chest(seed: int) -> npt.NDArray[np.uint16]:
    """Draw a phantom: a bright body, two dark lungs, ribs, a heart, noise.

    Returns
    -------
    uint16 array, shape `SIZE`
        Values to 4095; bright where little passes through.
    """
    rng = np.random.default_rng([seed, 6])
    rows, columns = SIZE
    canvas = np.full(SIZE, 400.0, np.float32)
    cv2.ellipse(canvas, (columns // 2, rows * 6 // 10), (columns * 45 // 100, rows * 6 // 10), 0, 0, 360, 2600, -1)
    for side in (-1, 1):
        center = (columns // 2 + side * columns * 19 // 100, rows * 48 // 100)
        cv2.ellipse(canvas, center, (columns * 14 // 100, rows * 33 // 100), -side * 4, 0, 360, 900, -1)
        for rib in range(7):
            height = rows * (20 + 9 * rib) // 100
            cv2.ellipse(canvas, (center[0], height), (columns * 15 // 100, rows * 6 // 100), 0, 200, 340, 1300, 4)
    heart = (columns * (54 + int(rng.integers(4))) // 100, rows * 66 // 100)
    cv2.ellipse(canvas, heart, (columns * 13 // 100, rows * 13 // 100), 20, 0, 360, 2900, -1)
    canvas = cv2.GaussianBlur(canvas, (0, 0), 5) + rng.normal(0, 30, SIZE)
    return np.asarray(canvas.clip(0, MAX), np.uint16)


def write_image(
    dicom: Path,
    jpg: Path,
    *,
    seed: int,
    subject_id: int,
    study_id: int,
    dicom_id: str,
    view: str,
    view_code: str | None,
    procedure: str,
    orientation: str,
    studied_at: datetime,
) -> None:
    """Write one image as DICOM, and as JPG by the recipe of MIMIC-CXR-JPG; every second one is MONOCHROME1."""
    pixels, is_inverted = draw_chest(seed), bool(seed % 2)
    header = Dataset()
    header.SpecificCharacterSet = "ISO_IR 100"
    header.SOPClassUID = DigitalXRayImageStorageForPresentation
    header.SOPInstanceUID = generate_uid(entropy_srcs=[dicom_id])
    header.StudyInstanceUID = generate_uid(entropy_srcs=[str(study_id)])
    header.SeriesInstanceUID = generate_uid(entropy_srcs=[str(study_id), dicom_id])
    header.StudyDate, header.StudyTime = studied_at.strftime("%Y%m%d"), studied_at.strftime("%H%M%S.%f")[:-3]
    header.Modality, header.Manufacturer = "DX", "Synthetic"
    header.PatientName, header.PatientID, header.StudyID = "", str(subject_id), str(study_id)
    header.PatientIdentityRemoved, header.BurnedInAnnotation = "YES", "NO"
    header.PerformedProcedureStepDescription = procedure
    header.ProcedureCodeSequence = _coded(procedure)
    if view:
        header.ViewPosition = view
    if view_code:
        header.ViewCodeSequence = _coded(view_code)
    if orientation:
        header.PatientOrientationCodeSequence = _coded(orientation)
    header.Rows, header.Columns = SIZE
    header.SamplesPerPixel, header.PixelRepresentation = 1, 0
    header.BitsAllocated, header.BitsStored, header.HighBit = 16, 12, 11
    header.PhotometricInterpretation = "MONOCHROME1" if is_inverted else "MONOCHROME2"
    header.PixelData = (MAX - pixels if is_inverted else pixels).astype("<u2").tobytes()
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = header.SOPClassUID, header.SOPInstanceUID
    for path in (dicom, jpg):
        path.parent.mkdir(parents=True, exist_ok=True)
    jpg.write_bytes(to_jpeg(to_grey8(MAX - pixels if is_inverted else pixels, header.PhotometricInterpretation)))
    FileDataset(str(dicom), header, file_meta=meta, preamble=b"\0" * 128).save_as(dicom, enforce_file_format=True)


def _coded(meaning: str) -> Sequence:
    item: Any = Dataset()
    item.CodeMeaning = meaning
    return Sequence([item])
