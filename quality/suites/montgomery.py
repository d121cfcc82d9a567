"""Suites of the Montgomery County landing tables; what only second hand is known of the release is a warning."""

from __future__ import annotations

from quality.checks import Suite, landing, one_of, published, refers, warning
from quality.shared_checks import filled, form

IMAGE_ID = form("image_id", r"MCUCXR_\d{4}_[01]", "Image ids have the form MCUCXR_0001_0")

SUITES: tuple[Suite, ...] = (
    landing(
        "raw.montgomery_image",
        IMAGE_ID,
        warning(refers("image_id", "raw.montgomery_reading")),
        published=published("montgomery", "images"),
    ),
    landing(
        "raw.montgomery_reading",
        IMAGE_ID,
        one_of("sex", ("F", "M")),
        form("age", r"\d{3}[YMWD]", "Ages are written as in DICOM"),
        filled("reading", "The reading has words"),
        published=published("montgomery", "images"),
    ),
    landing(
        "raw.montgomery_mask", one_of("side", ("left", "right")), warning(refers("image_id", "raw.montgomery_image"))
    ),
)
