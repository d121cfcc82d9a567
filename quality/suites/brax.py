"""Suite of the landing table of BRAX; what only second hand is known of the release is a warning."""

from __future__ import annotations

from quality.checks import Suite, between, landing, one_of, published, warning
from quality.shared_checks import LABELS, form, label_values, no_finding_alone

SUITES: tuple[Suite, ...] = (
    landing(
        "raw.brax_image",
        one_of("PatientSex", ("F", "M", "O")),
        form("PatientAge", r"\d+(\.0)?|85 or more", "Ages are numbers, or 85 or more"),
        warning(one_of("ViewPosition", ("PA", "AP", "LL", "RL", "RLD", "LLD", "RLO", "LLO"))),
        between("Rows", 1, None),
        between("Columns", 1, None),
        *label_values(LABELS),
        warning(no_finding_alone()),
        published=published("brax", "images"),
    ),
)
