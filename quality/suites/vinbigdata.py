"""Suite of the landing table of VinBigData."""

from __future__ import annotations

from quality.checks import Suite, between, holds, landing

VINBIGDATA_ROWS = 67_914

SUITES: tuple[Suite, ...] = (
    landing(
        "raw.vinbigdata_box",
        between("class_id", 0, 14),
        holds(
            "rad_id_form",
            r"regexp_full_match(t.rad_id, 'R\d+')",
            "Radiologists are named R1, R2, ...",
            "validity",
            column="rad_id",
        ),
        holds(
            "box_of_finding", "(t.class_id = 14) = (t.x_min is null)", "No finding has no box, every finding has one"
        ),
        holds("box_has_area", "t.x_min < t.x_max and t.y_min < t.y_max", "Boxes have an area", "validity"),
        between("x_min", 0, None),
        between("y_min", 0, None),
        published=VINBIGDATA_ROWS,
    ),
)
