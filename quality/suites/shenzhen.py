"""Suites of the landing tables of the Shenzhen set; what only second hand is known of the release is a warning."""

from __future__ import annotations

from quality.checks import Suite, landing, one_of, published, refers, warning
from quality.shared_checks import filled, form

IMAGE_ID = form("image_id", r"CHNCXR_\d{4}_[01]", "Image ids have the form CHNCXR_0001_0")

SUITES: tuple[Suite, ...] = (
    landing(
        "raw.shenzhen_image",
        IMAGE_ID,
        warning(refers("image_id", "raw.shenzhen_reading")),
        published=published("shenzhen", "images"),
    ),
    landing(
        "raw.shenzhen_reading",
        IMAGE_ID,
        one_of("sex", ("male", "female")),
        filled("sex", "The reading says the sex"),
        filled("age", "The reading says the age"),
        filled("reading", "The reading has words"),
        published=published("shenzhen", "images"),
    ),
)
