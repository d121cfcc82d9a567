"""Suites of the MIMIC-CXR-JPG landing tables, with the known quirks of the release as warnings."""

from __future__ import annotations

from quality.checks import Suite, between, holds, landing, one_of, published, refers, warning
from quality.shared_checks import LABELS, label_values, no_finding_alone
from quality.suites.mimic_cxr import DICOM, IMAGES, STUDY, SUBJECT, path_form, same_patient
from warehouse.sql import identifier

TEST_LABELS = tuple("Airspace Opacity" if label == "Lung Opacity" else label for label in LABELS)
VIEWS = (
    "AP",
    "PA",
    "LATERAL",
    "LL",
    "PA LLD",
    "LAO",
    "RAO",
    "AP AXIAL",
    "AP LLD",
    "XTABLE LATERAL",
    "AP RLD",
    "SWIMMERS",
    "PA RLD",
    "LPO",
    "RPO",
)

SUITES: tuple[Suite, ...] = (
    landing(
        "raw.mimic_cxr_jpg_metadata",
        SUBJECT,
        STUDY,
        DICOM,
        refers("dicom_id", "raw.mimic_cxr_record"),
        one_of("ViewPosition", VIEWS),
        warning(
            holds(
                "view_present",
                't."ViewPosition" is not null',
                "The view is named (15,769 published images have none)",
                "completeness",
                column="ViewPosition",
            )
        ),
        warning(
            holds(
                "view_of_procedure",
                "not (t.\"ViewPosition\" = 'AP' and t.\"PerformedProcedureStepDescription\" = 'CHEST (PA AND LAT)')",
                "An AP view is not of a PA and lateral procedure (22,043 published images are)",
                column="ViewPosition",
            )
        ),
        between("Rows", 256, 6000),
        between("Columns", 256, 6000),
        holds(
            "study_date_shifted",
            "t.\"StudyDate\" between date '2100-01-01' and date '2220-12-31'",
            "Study dates are shifted into the years 2100 to 2220",
            "validity",
            column="StudyDate",
        ),
        between("StudyTime", 0, 235_959.999_999),
        holds(
            "studied_on_study_date",
            '(t.studied_at is null) = (t."StudyDate" is null or t."StudyTime" is null)'
            ' and coalesce(t.studied_at::date = t."StudyDate", true)',
            "Date and time of the study are the published ones",
            column="studied_at",
        ),
        published=IMAGES,
    ),
    landing(
        "raw.mimic_cxr_jpg_split",
        SUBJECT,
        STUDY,
        DICOM,
        refers("dicom_id", "raw.mimic_cxr_jpg_metadata"),
        one_of("split", ("train", "validate", "test")),
        holds(
            "patient_in_one_split",
            "not exists (select 1 from (select subject_id from raw.mimic_cxr_jpg_split group by 1"
            " having count(distinct split) > 1) as s where s.subject_id = t.subject_id)",
            "A patient is in one split only",
            "integrity",
            column="subject_id",
        ),
        published=IMAGES,
    ),
    landing(
        "raw.mimic_cxr_jpg_image_filename",
        SUBJECT,
        STUDY,
        DICOM,
        path_form("'/' || t.dicom_id || '.jpg'"),
        refers("dicom_id", "raw.mimic_cxr_jpg_metadata"),
        published=IMAGES,
    ),
    *(
        landing(
            f"raw.mimic_cxr_jpg_{labeler}",
            SUBJECT,
            STUDY,
            same_patient("raw.mimic_cxr_study"),
            *label_values(LABELS),
            no_finding_alone(),
            warning(
                holds(
                    "any_label",
                    f"coalesce({', '.join(f't.{identifier(label)}' for label in LABELS)}) is not null",
                    "A study has a label (CheXpert leaves 2,414 published ones without, NegBio none)",
                    "completeness",
                )
            ),
            published=published("mimic_cxr", f"studies labeled by {name}"),
        )
        for labeler, name in (("chexpert", "CheXpert"), ("negbio", "NegBio"))
    ),
    landing(
        "raw.mimic_cxr_jpg_test_set_labeled",
        STUDY,
        refers("study_id", "raw.mimic_cxr_study"),
        *label_values(TEST_LABELS),
        published=published("mimic_cxr", "studies labeled by a radiologist"),
    ),
)
