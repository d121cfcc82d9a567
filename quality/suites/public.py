"""Suites of the public landing tables: ranges as the publishers document them, their known oddities as warnings."""

from __future__ import annotations

from quality.checks import Check, Suite, between, holds, landing, one_of, published, refers, unique, warning
from warehouse.findings import scheme

CHESTXRAY14_LABELS = (*scheme("chestxray14"), "No Finding")
# The pathologies other than devices; CheXpert's "No Finding" excludes exactly these.
PATHOLOGIES = tuple(label for label in scheme("chexpert14") if label not in {"No Finding", "Support Devices"})
LABEL_VALUES = (1, 0, -1)
# The networks' side of ChestX-ray14 and of the RSNA challenge: every image was published at this size.
PUBLISHED_PIXELS = 1024
MAX_AGE = 110
VINBIGDATA_ROWS = 67_914
SIIM_ROWS = 12_954


def label_values(labels: tuple[str, ...]) -> tuple[Check, ...]:
    """Return a check a label column: 1 present, 0 absent, -1 uncertain."""
    return tuple(one_of(label, LABEL_VALUES) for label in labels)


def no_finding_alone() -> Check:
    """Return the check that No Finding never stands beside a positive pathology."""
    positive = " or ".join(f'coalesce(t."{label}" = 1, false)' for label in PATHOLOGIES)
    return holds(
        "no_finding_alone",
        f't."No Finding" is distinct from 1 or not ({positive})',
        "No Finding is not positive together with a pathology",
    )


def nih_columns() -> tuple[Check, ...]:
    """Return the checks on the columns that NIH's table and Google's extension of it share."""
    listed = ", ".join(f"'{label}'" for label in CHESTXRAY14_LABELS)
    return (
        holds(
            "finding_labels_known",
            f'list_has_all([{listed}], t."Finding Labels")',
            "Finding labels are the fourteen of ChestX-ray14 or No Finding",
            "validity",
            column="Finding Labels",
        ),
        holds(
            "finding_labels_filled",
            'len(t."Finding Labels") > 0',
            "Every image has at least one finding label",
            "completeness",
            column="Finding Labels",
        ),
        holds(
            "no_finding_alone",
            'not list_contains(t."Finding Labels", \'No Finding\') or len(t."Finding Labels") = 1',
            "No Finding stands alone",
            column="Finding Labels",
        ),
        holds(
            "patient_in_file_name",
            'try_cast(t."Image Index"[1:8] as integer) = t."Patient ID"',
            "The file name begins with the patient's number",
        ),
        between("Follow-up #", 0, None),
        # The first release has ages up to 414; the corrected one does not.
        warning(between("Patient Age", 0, MAX_AGE, "Ages are 0 to 110 years (the first release has some up to 414)")),
        one_of("Patient Gender", ("F", "M")),
        one_of("View Position", ("AP", "PA")),
        between("OriginalImage[Width", 400, 5000),
        between("Height]", 400, 5000),
        between("OriginalImagePixelSpacing[x", 0.1, 0.3),
    )


def box_inside(left: str, top: str, width: str, height: str) -> Check:
    """Return the check that boxes lie inside an image of the published size, one pixel of rounding allowed."""
    side = PUBLISHED_PIXELS + 1
    return holds(
        "box_inside_image",
        f't."{left}" >= 0 and t."{top}" >= 0 and t."{width}" > 0 and t."{height}" > 0'
        f' and t."{left}" + t."{width}" <= {side} and t."{top}" + t."{height}" <= {side}',
        "Boxes have an area and lie inside the 1024 x 1024 image",
        "validity",
    )


OPENI = (
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

CHESTXRAY14 = (
    landing("raw.chestxray14_image", *nih_columns(), published=published("chestxray14", "images")),
    landing(
        "raw.chestxray14_box",
        refers("Image Index", "raw.chestxray14_image"),
        one_of("Finding Label", (*scheme("chestxray14"), "Infiltrate")),
        box_inside("Bbox [x", "y", "w", "h]"),
        published=published("chestxray14", "boxes"),
    ),
    landing(
        "raw.google_nih_label",
        *nih_columns(),
        refers("Image Index", "raw.chestxray14_image"),
        one_of("Set Id", ("val", "test")),
        published=published("chestxray14", "images labeled by Google"),
    ),
)

CHEXPERT = (
    landing(
        "raw.chexpert_image",
        holds(
            "path_form",
            r"""regexp_matches(t."Path", 'patient\d+/study\d+/view\d+_(frontal|lateral)\.jpg$')""",
            "Paths hold patient, study and view",
            "validity",
            column="Path",
        ),
        holds(
            "view_in_path",
            'contains(lower(t."Path"), lower(t."Frontal/Lateral"))',
            "The path and the view column agree",
            column="Frontal/Lateral",
        ),
        one_of("Sex", ("Male", "Female", "Unknown")),
        between("Age", 0, 90, "Age is at most 90, the top code"),
        warning(
            holds("age_not_zero", 't."Age" > 0', "Age is not 0 (three published rows are)", "validity", column="Age")
        ),
        one_of("Frontal/Lateral", ("Frontal", "Lateral")),
        one_of("AP/PA", ("AP", "PA", "LL", "RL")),
        holds(
            "projection_of_frontal",
            '(t."Frontal/Lateral" = \'Frontal\') = (t."AP/PA" is not null)',
            "Frontal images have a projection, lateral ones none",
            column="AP/PA",
        ),
        *label_values(tuple(scheme("chexpert14"))),
        no_finding_alone(),
        published=published("chexpert", "training images"),
    ),
)

PADCHEST = (
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

CHALLENGES = (
    landing(
        "raw.rsna_pneumonia_image",
        warning(between("PatientAge", 0, MAX_AGE, "Ages are 0 to 110 years (five published ages are 148 to 155)")),
        one_of("PatientSex", ("F", "M")),
        one_of("ViewPosition", ("AP", "PA")),
        one_of("Modality", ("CR",)),
        holds(
            "file_of_patient",
            't."Filename" = t."PatientID" || \'.dcm\'',
            "The file is named after the image",
            column="Filename",
        ),
        published=published("rsna_pneumonia", "training images"),
    ),
    landing(
        "raw.rsna_pneumonia_box",
        refers({"patientId": "PatientID"}, "raw.rsna_pneumonia_image"),
        one_of("Target", (0, 1)),
        holds("box_of_target", '(t."Target" = 1) = (t.x is not null)', "Positive rows have a box, negative rows none"),
        box_inside("x", "y", "width", "height"),
        published=published("rsna_pneumonia", "label rows"),
    ),
    landing(
        "raw.siim_pneumothorax_mask",
        holds(
            "run_lengths_paired",
            r"""trim(t." EncodedPixels") = '-1' or len(string_split_regex(trim(t." EncodedPixels"), '\s+')) % 2 = 0""",
            "Masks are pairs of start and length, or -1",
            "validity",
            column=" EncodedPixels",
        ),
        published=SIIM_ROWS,
    ),
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

SUITES: tuple[Suite, ...] = (*OPENI, *CHESTXRAY14, *CHEXPERT, *PADCHEST, *CHALLENGES)
