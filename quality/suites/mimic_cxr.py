"""Suites of the MIMIC-CXR landing tables, with the known quirks of the release as warnings."""

from __future__ import annotations

from quality.checks import Check, Suite, between, holds, landing, published, refers, warning

IMAGES = published("mimic_cxr", "images")
STUDIES = published("mimic_cxr", "studies")

SUBJECT = between("subject_id", 10_000_000, 19_999_999)
STUDY = between("study_id", 50_000_000, 59_999_999)
DICOM = holds(
    "dicom_id_form",
    "regexp_full_match(t.dicom_id, '[0-9a-f]{8}(-[0-9a-f]{8}){4}')",
    "Image ids are five groups of eight hexadecimal digits",
    "validity",
    column="dicom_id",
)


def path_form(tail: str) -> Check:
    """Return the check that a path is built from the row's own ids."""
    return holds(
        "path_of_ids",
        f"t.path = 'files/p' || left(t.subject_id::text, 2) || '/p' || t.subject_id || '/s' || t.study_id || {tail}",
        "The path is built from patient, study and image",
        column="path",
    )


def same_patient(parent: str) -> Check:
    """Return the check that a study has the patient that the parent table gives it."""
    return refers(
        {"study_id": "study_id", "subject_id": "subject_id"}, parent, f"{parent.rpartition('.')[2]}_same_patient"
    )


SUITES: tuple[Suite, ...] = (
    landing(
        "raw.mimic_cxr_record",
        SUBJECT,
        STUDY,
        DICOM,
        path_form("'/' || t.dicom_id || '.dcm'"),
        same_patient("raw.mimic_cxr_study"),
        published=IMAGES,
    ),
    landing("raw.mimic_cxr_study", SUBJECT, STUDY, path_form("'.txt'"), published=STUDIES),
    landing("raw.mimic_cxr_provider", SUBJECT, STUDY, same_patient("raw.mimic_cxr_study"), published=STUDIES),
    landing(
        "raw.mimic_cxr_report",
        SUBJECT,
        STUDY,
        path_form("'.txt'"),
        same_patient("raw.mimic_cxr_study"),
        warning(
            holds(
                "text_filled",
                "length(trim(t.text)) > 0",
                "Every report has text (8 published studies have none)",
                "completeness",
                column="text",
            )
        ),
        published=STUDIES,
    ),
)
