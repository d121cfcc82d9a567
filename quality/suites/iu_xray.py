"""Suites of the landing tables of IU X-ray as on Kaggle; what only second hand is known of the release is a warning."""

from __future__ import annotations

from quality.checks import Suite, between, holds, landing, one_of, published, refers, warning

SUITES: tuple[Suite, ...] = (
    landing(
        "raw.iu_xray_report",
        between("uid", 1, 3_999),
        warning(
            holds(
                "text_present",
                "coalesce(length(t.findings), 0) + coalesce(length(t.impression), 0) > 0",
                "Findings or impression is filled (25 published reports have neither)",
                "completeness",
            )
        ),
        warning(
            holds(
                "not_in_openi",
                "not exists (select 1 from raw.openi_report as o where o.uid = 'CXR' || t.uid)",
                "No report is loaded twice: those of Open-I are the same",
                "integrity",
                column="uid",
                needs=("raw.openi_report",),
            )
        ),
        published=published("iu_xray", "reports"),
    ),
    landing(
        "raw.iu_xray_projection",
        one_of("projection", ("Frontal", "Lateral")),
        refers("uid", "raw.iu_xray_report"),
        holds("uid_in_name", "starts_with(t.filename, t.uid || '_')", "The file's name begins with the report's id"),
        published=published("iu_xray", "listed images"),
    ),
    landing(
        "raw.iu_xray_image",
        holds("uid_in_name", "starts_with(t.image_id, t.uid || '_')", "The file's name begins with the report's id"),
        warning(refers({"image_id": "filename"}, "raw.iu_xray_projection")),
    ),
)
