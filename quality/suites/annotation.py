"""Suites of the human annotations."""

from __future__ import annotations

from quality.checks import Suite, landing, one_of, refers
from warehouse.findings import findings

STUDY = {"dataset": "dataset", "study_id": "study_id"}

SUITES: tuple[Suite, ...] = (
    landing(
        "annotation.label",
        one_of("value", (1, 0, -1, -9)),
        one_of("finding", tuple(findings()), "The finding is in the seed"),
        refers(STUDY | {"annotator": "annotator"}, "annotation.labeled_study"),
    ),
    landing("annotation.labeled_study", refers(STUDY, "raw.report")),
)
