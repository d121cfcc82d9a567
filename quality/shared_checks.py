"""Rules that the suites of several data sets share: labels, forms of text, boxes."""

from __future__ import annotations

from quality.checks import Check, holds, one_of, warning
from warehouse.findings import scheme
from warehouse.sql import identifier

LABELS = tuple(scheme("chexpert14"))
# The pathologies other than devices; CheXpert's "No Finding" excludes exactly these.
PATHOLOGIES = tuple(label for label in LABELS if label not in {"No Finding", "Support Devices"})
LABEL_VALUES = (1, 0, -1)
# The networks' side of ChestX-ray14 and of the RSNA challenge: every image was published at this size.
PUBLISHED_PIXELS = 1024
MAX_AGE = 110


def label_values(labels: tuple[str, ...]) -> tuple[Check, ...]:
    """Return a check a label column: 1 present, 0 absent, -1 uncertain."""
    return tuple(one_of(label, LABEL_VALUES) for label in labels)


def no_finding_alone() -> Check:
    """Return the check that No Finding never stands beside a positive pathology."""
    positive = " or ".join(f"coalesce(t.{identifier(label)} = 1, false)" for label in PATHOLOGIES)
    return holds(
        "no_finding_alone",
        f't."No Finding" is distinct from 1 or not ({positive})',
        "No Finding is not positive together with a pathology",
    )


def form(column: str, pattern: str, description: str) -> Check:
    """Return the check that a text column is of the published form."""
    return holds(
        f"{column.lower()}_form",
        f"regexp_full_match(t.\"{column}\", '{pattern}')",
        description,
        "validity",
        column=column,
    )


def filled(column: str, description: str) -> Check:
    """Return the warning that a text column has words."""
    return warning(
        holds(
            f"{column.lower()}_filled",
            f'coalesce(length(trim(t."{column}")), 0) > 0',
            description,
            "completeness",
            column=column,
        )
    )


def box_inside(left: str, top: str, width: str, height: str) -> Check:
    """Return the check that boxes lie inside an image of the published size, one pixel of rounding allowed."""
    side = PUBLISHED_PIXELS + 1
    return holds(
        "box_inside_image",
        f't."{left}" >= 0 and t."{top}" >= 0 and t."{width}" > 0 and t."{height}" > 0'
        f' and t."{left}" + t."{width}" <= {side} and t."{top}" + t."{height}" <= {side}',
        "Boxes have an area and lie inside the 1024 x 1024 image",
        "validity",
    )
