"""Suites of the landing tables of JSRT; what only second hand is known of the release is a warning."""

from __future__ import annotations

from quality.checks import Suite, between, holds, landing, one_of, published, refers, warning
from quality.shared_checks import MAX_AGE, form

SIDE = 2048
IMAGE_ID = form("image_id", r"JPC[LN]N\d{3}", "Image ids have the form JPCLN001 or JPCNN001")

SUITES: tuple[Suite, ...] = (
    landing(
        "raw.jsrt_case",
        IMAGE_ID,
        holds(
            "nodule_in_name",
            "starts_with(t.image_id, 'JPCLN') = t.has_nodule",
            "The name and the list agree on a nodule",
        ),
        holds("place_of_nodule", "(t.x is not null) = t.has_nodule", "Exactly the images with a nodule have its place"),
        between("subtlety", 1, 5),
        between("nodule_size", 1, 100),
        between("age", 0, MAX_AGE),
        one_of("sex", ("male", "female")),
        one_of("malignancy", ("malignant", "benign")),
        between("x", 0, SIDE),
        between("y", 0, SIDE),
        published=published("jsrt", "images"),
    ),
    landing(
        "raw.jsrt_image",
        IMAGE_ID,
        warning(refers("image_id", "raw.jsrt_case")),
        published=published("jsrt", "images"),
    ),
)
