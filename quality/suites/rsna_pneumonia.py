"""Suites of the landing tables of the RSNA pneumonia challenge; known oddities of what is published are warnings."""

from __future__ import annotations

from quality.checks import Suite, between, holds, landing, one_of, published, refers, warning
from quality.shared_checks import MAX_AGE, box_inside

SUITES: tuple[Suite, ...] = (
    landing(
        "raw.rsna_pneumonia_image",
        warning(between("PatientAge", 0, MAX_AGE, "Ages are 0 to 110 years (five published ages are 148 to 155)")),
        one_of("PatientSex", ("F", "M")),
        one_of("ViewPosition", ("AP", "PA")),
        one_of("Modality", ("CR",)),
        holds(
            "file_of_patient",
            't."Filename" = t."PatientID" || \'.dcm\'',
            "The file is named after the image",
            column="Filename",
        ),
        published=published("rsna_pneumonia", "training images"),
    ),
    landing(
        "raw.rsna_pneumonia_box",
        refers({"patientId": "PatientID"}, "raw.rsna_pneumonia_image"),
        one_of("Target", (0, 1)),
        holds("box_of_target", '(t."Target" = 1) = (t.x is not null)', "Positive rows have a box, negative rows none"),
        box_inside("x", "y", "width", "height"),
        published=published("rsna_pneumonia", "label rows"),
    ),
)
