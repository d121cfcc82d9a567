"""Suites of the landing tables of ChestX-ray14; known oddities of what is published are warnings."""

from __future__ import annotations

from quality.checks import Check, Suite, between, holds, landing, one_of, published, refers, warning
from quality.shared_checks import MAX_AGE, box_inside
from warehouse.findings import scheme
from warehouse.sql import literal

FINDING_LABELS = (*scheme("chestxray14"), "No Finding")


def nih_columns() -> tuple[Check, ...]:
    """Return the checks on the columns that NIH's table and Google's extension of it share."""
    listed = ", ".join(map(literal, FINDING_LABELS))
    return (
        holds(
            "finding_labels_known",
            f'list_has_all([{listed}], t."Finding Labels")',
            "Finding labels are the fourteen of ChestX-ray14 or No Finding",
            "validity",
            column="Finding Labels",
        ),
        holds(
            "finding_labels_filled",
            'len(t."Finding Labels") > 0',
            "Every image has at least one finding label",
            "completeness",
            column="Finding Labels",
        ),
        holds(
            "no_finding_alone",
            'not list_contains(t."Finding Labels", \'No Finding\') or len(t."Finding Labels") = 1',
            "No Finding stands alone",
            column="Finding Labels",
        ),
        holds(
            "patient_in_file_name",
            'try_cast(t."Image Index"[1:8] as integer) = t."Patient ID"',
            "The file name begins with the patient's number",
        ),
        between("Follow-up #", 0, None),
        # The first release has ages up to 414; the corrected one does not.
        warning(between("Patient Age", 0, MAX_AGE, "Ages are 0 to 110 years (the first release has some up to 414)")),
        one_of("Patient Gender", ("F", "M")),
        one_of("View Position", ("AP", "PA")),
        between("OriginalImage[Width", 400, 5000),
        between("Height]", 400, 5000),
        between("OriginalImagePixelSpacing[x", 0.1, 0.3),
    )


SUITES: tuple[Suite, ...] = (
    landing("raw.chestxray14_image", *nih_columns(), published=published("chestxray14", "images")),
    landing(
        "raw.chestxray14_box",
        refers("Image Index", "raw.chestxray14_image"),
        one_of("Finding Label", (*scheme("chestxray14"), "Infiltrate")),
        box_inside("Bbox [x", "y", "w", "h]"),
        published=published("chestxray14", "boxes"),
    ),
)
