"""Suites of the landing tables of Open-I; known oddities of what is published are warnings."""

from __future__ import annotations

from quality.checks import Suite, between, holds, landing, one_of, published, refers, unique, warning

SUITES: tuple[Suite, ...] = (
    landing(
        "raw.openi_report",
        holds(
            "uid_form",
            r"regexp_full_match(t.uid, 'CXR\d+')",
            "Report ids have the form CXR123",
            "validity",
            column="uid",
        ),
        holds("uid_agrees", "t.uid = 'CXR' || t.pmc_id", "The two ids of a report agree"),
        unique(["pmc_id"], "pmc_id_unique"),
        warning(
            holds(
                "text_present",
                "coalesce(length(t.findings), 0) + coalesce(length(t.impression), 0) > 0",
                "Findings or impression is filled (a few published reports have neither)",
                "completeness",
            )
        ),
        holds("mesh_coded", "len(t.mesh_major) > 0", "People coded every report", "completeness", column="mesh_major"),
        one_of("language", ("eng",)),
        published=published("openi", "reports"),
    ),
    landing(
        "raw.openi_image",
        refers({"uid": "uid"}, "raw.openi_report"),
        holds(
            "image_in_report",
            "starts_with(t.image_id, t.uid || '_')",
            "The image's name begins with the report's id",
            column="image_id",
        ),
        warning(refers({"image_id": "imageid"}, "raw.openi_dicom")),
    ),
    landing(
        "raw.openi_dicom",
        between("Rows", 256, 6000),
        between("Columns", 256, 6000),
        one_of("Modality", ("CR", "DX")),
        one_of("Photometric Interpretation", ("MONOCHROME1", "MONOCHROME2")),
        holds("bits_fit", 't."Bits Stored" <= t."Bits Allocated"', "Bits stored fit into the bits allocated"),
        one_of("Bits Stored", (8, 10, 12, 14, 15, 16)),
        one_of("View Position", ("AP", "PA", "LL", "RL", "LATERAL", "LARGE LATERAL")),
        warning(unique(["SOP Instance UID"], "sop_instance_unique")),
        warning(
            holds(
                "view_present",
                't."View Position" is not null',
                "The header names the view (published headers often do not)",
                "completeness",
                column="View Position",
            )
        ),
        published=published("openi", "DICOM headers"),
    ),
)
