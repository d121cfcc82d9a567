"""Suites of the landing tables of COV-CTR; what only second hand is known of the release is a warning."""

from __future__ import annotations

from quality.checks import Suite, holds, landing, one_of, refers, warning
from quality.shared_checks import filled

SUITES: tuple[Suite, ...] = (
    landing(
        "raw.cov_ctr_report",
        one_of("COVID", (0, 1)),
        filled("findings", "The Chinese findings have words"),
        filled("reports_En", "There is an English version"),
        warning(
            holds(
                "one_report_an_image",
                "not exists (select 1 from raw.cov_ctr_report as o where o.image_id = t.image_id"
                " and o.source_row <> t.source_row)",
                "An image has one report (six published ones have two)",
                "uniqueness",
                column="image_id",
            )
        ),
    ),
    landing("raw.cov_ctr_image", warning(refers("image_id", "raw.cov_ctr_report"))),
)
