"""Suite of the landing table of Google's labels of ChestX-ray14."""

from __future__ import annotations

from quality.checks import Suite, landing, one_of, published, refers
from quality.suites.chestxray14 import nih_columns

SUITES: tuple[Suite, ...] = (
    landing(
        "raw.google_nih_label",
        *nih_columns(),
        refers("Image Index", "raw.chestxray14_image"),
        one_of("Set Id", ("val", "test")),
        published=published("chestxray14", "images labeled by Google"),
    ),
)
