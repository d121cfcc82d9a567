"""Suite of the landing table of PadChest; known oddities of what is published are warnings."""

from __future__ import annotations

from quality.checks import Suite, between, holds, landing, one_of, published, warning
from quality.shared_checks import MAX_AGE

SUITES: tuple[Suite, ...] = (
    landing(
        "raw.padchest_image",
        holds(
            "study_date_range",
            "t.\"StudyDate_DICOM\" between date '2007-01-01' and date '2017-12-31'",
            "Studies are of 2007 to 2017",
            "validity",
            column="StudyDate_DICOM",
        ),
        holds(
            "born_before_study",
            't."PatientBirth" <= year(t."StudyDate_DICOM")',
            "Patients are born before the study",
            column="PatientBirth",
        ),
        between(
            "age_at_study",
            0,
            MAX_AGE,
            "Ages at the study are at most 110 years",
            sql='year(t."StudyDate_DICOM") - t."PatientBirth"',
        ),
        one_of("PatientSex_DICOM", ("F", "M", "O")),
        one_of("Projection", ("PA", "L", "AP", "AP_horizontal", "COSTAL", "EXCLUDE", "UNK")),
        warning(
            holds(
                "projection_usable",
                "t.\"Projection\" not in ('EXCLUDE', 'UNK')",
                "The projection is known and a chest view (19 published images are marked otherwise)",
                "validity",
                column="Projection",
            )
        ),
        one_of("MethodProjection", ("Manual review of DICOM fields", "resnet-50.t7")),
        one_of("Pediatric", ("No", "PED")),
        one_of("Modality_DICOM", ("CR", "DX")),
        one_of("MethodLabel", ("Physician", "RNN_model")),
        between("Rows_DICOM", 256, 6000),
        between("Columns_DICOM", 256, 6000),
        between("BitsStored_DICOM", 8, 16),
        warning(
            holds(
                "one_patient_a_study",
                'not exists (select 1 from (select "StudyID" from raw.padchest_image group by 1'
                ' having count(distinct "PatientID") > 1) as s where s."StudyID" = t."StudyID")',
                "A study belongs to one patient (one published study has two)",
                "integrity",
                column="StudyID",
            )
        ),
        warning(
            holds(
                "report_present",
                'coalesce(length(t."Report"), 0) > 0',
                "The report has words (some published ones have none)",
                "completeness",
                column="Report",
            )
        ),
        warning(
            holds(
                "labels_present",
                'coalesce(len(t."Labels"), 0) > 0',
                "The report has labels (103 published images have none)",
                "completeness",
                column="Labels",
            )
        ),
        published=published("padchest", "images"),
    ),
)
