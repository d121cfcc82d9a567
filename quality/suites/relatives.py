"""Suites of the landing tables of the smaller relatives; what only second hand is known of a release is a warning."""

from __future__ import annotations

from quality.checks import Check, Suite, between, holds, landing, one_of, published, refers, warning
from quality.suites.public import MAX_AGE, label_values, no_finding_alone
from warehouse.findings import scheme

LABELS = tuple(scheme("chexpert14"))
SIDE = 2048


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


JSRT_ID = form("image_id", r"JPC[LN]N\d{3}", "Image ids have the form JPCLN001 or JPCNN001")
MONTGOMERY_ID = form("image_id", r"MCUCXR_\d{4}_[01]", "Image ids have the form MCUCXR_0001_0")
SHENZHEN_ID = form("image_id", r"CHNCXR_\d{4}_[01]", "Image ids have the form CHNCXR_0001_0")
UNREAD = "The reading has words"

JSRT = (
    landing(
        "raw.jsrt_case",
        JSRT_ID,
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
        JSRT_ID,
        warning(refers("image_id", "raw.jsrt_case")),
        published=published("jsrt", "images"),
    ),
)

TUBERCULOSIS = (
    landing(
        "raw.montgomery_image",
        MONTGOMERY_ID,
        warning(refers("image_id", "raw.montgomery_reading")),
        published=published("montgomery", "images"),
    ),
    landing(
        "raw.montgomery_reading",
        MONTGOMERY_ID,
        one_of("sex", ("F", "M")),
        form("age", r"\d{3}[YMWD]", "Ages are written as in DICOM"),
        filled("reading", UNREAD),
        published=published("montgomery", "images"),
    ),
    landing(
        "raw.montgomery_mask", one_of("side", ("left", "right")), warning(refers("image_id", "raw.montgomery_image"))
    ),
    landing(
        "raw.shenzhen_image",
        SHENZHEN_ID,
        warning(refers("image_id", "raw.shenzhen_reading")),
        published=published("shenzhen", "images"),
    ),
    landing(
        "raw.shenzhen_reading",
        SHENZHEN_ID,
        one_of("sex", ("male", "female")),
        filled("sex", "The reading says the sex"),
        filled("age", "The reading says the age"),
        filled("reading", UNREAD),
        published=published("shenzhen", "images"),
    ),
)

IU_XRAY = (
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

COV_CTR = (
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

CHEXPERT_LIKE = (
    landing(
        "raw.brax_image",
        one_of("PatientSex", ("F", "M", "O")),
        form("PatientAge", r"\d+(\.0)?|85 or more", "Ages are numbers, or 85 or more"),
        warning(one_of("ViewPosition", ("PA", "AP", "LL", "RL", "RLD", "LLD", "RLO", "LLO"))),
        between("Rows", 1, None),
        between("Columns", 1, None),
        *label_values(LABELS),
        warning(no_finding_alone()),
        published=published("brax", "images"),
    ),
    landing(
        "raw.chexpert_plus_image",
        form(
            "path_to_image",
            r"(.*/)?(train|valid|test)/patient\d+/study\d+/view\d+_(frontal|lateral)\..*",
            "Paths hold split, patient, study and view",
        ),
        holds(
            "patient_in_path",
            "regexp_extract(t.path_to_image, 'patient[0-9]+') = t.deid_patient_id",
            "The path and the patient's column agree",
            column="deid_patient_id",
        ),
        one_of("frontal_lateral", ("Frontal", "Lateral")),
        one_of("ap_pa", ("AP", "PA", "LL", "RL")),
        warning(one_of("sex", ("Male", "Female", "Unknown"))),
        between("age", 0, MAX_AGE),
        one_of("split", ("train", "valid")),
        filled("report", "The report has words"),
    ),
    landing(
        "raw.chexpert_plus_label",
        refers("path_to_image", "raw.chexpert_plus_image"),
        *label_values(LABELS),
    ),
)

SUITES: tuple[Suite, ...] = (*JSRT, *TUBERCULOSIS, *IU_XRAY, *COV_CTR, *CHEXPERT_LIKE)
