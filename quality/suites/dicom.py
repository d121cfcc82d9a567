"""Suite of the DICOM headers: form of what is always there, and signs of files that are no radiographs."""

from __future__ import annotations

from quality.checks import Suite, between, holds, landing, one_of, refers, warning
from quality.suites.loads import OF_LOAD
from quality.suites.mimic_cxr import DICOM, STUDY, SUBJECT

IMAGE_COLUMNS = ("Rows", "Columns", "BitsStored", "PhotometricInterpretation", "TransferSyntaxUID")

SUITES: tuple[Suite, ...] = (
    landing(
        "raw.dicom_header",
        OF_LOAD,
        DICOM,
        SUBJECT,
        STUDY,
        between("n_bytes", 1, None),
        between("Rows", 1, 65_535),
        between("Columns", 1, 65_535),
        between("BitsStored", 1, 64),
        holds(
            "image_described",
            't."Rows" is null or (' + " and ".join(f't."{column}" is not null' for column in IMAGE_COLUMNS) + ")",
            f"An image has {', '.join(IMAGE_COLUMNS)}",
            "completeness",
        ),
        holds("bits_fit", 't."BitsStored" <= t."BitsAllocated"', "A pixel uses no more bits than it takes"),
        holds(
            "time_of_date",
            't.studied_at is null or t.studied_at::date = t."StudyDate"',
            "The study's time is on the study's date",
            column="studied_at",
        ),
        holds(
            "path_of_ids",
            "t.dicom_id is null or ends_with(t.path, t.dicom_id || '.dcm')",
            "The path ends in the image's id",
            column="path",
        ),
        warning(one_of("Modality", ("CR", "DX"), "The image is a radiograph")),
        warning(
            holds(
                "identity_removed",
                "t.\"PatientIdentityRemoved\" is distinct from 'NO'",
                "No file says that it still identifies its patient",
                column="PatientIdentityRemoved",
            )
        ),
        warning(
            refers("dicom_id", "raw.mimic_cxr_record"),
        ),
    ),
)
