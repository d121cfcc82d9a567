"""Suites of the landing tables of CheXpert Plus; what only second hand is known of the release is a warning."""

from __future__ import annotations

from quality.checks import Suite, between, holds, landing, one_of, refers, warning
from quality.shared_checks import LABELS, MAX_AGE, filled, form, label_values

SUITES: tuple[Suite, ...] = (
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
