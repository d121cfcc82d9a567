"""Suite of the landing table of CheXpert; known oddities of what is published are warnings."""

from __future__ import annotations

from quality.checks import Suite, between, holds, landing, one_of, published, warning
from quality.shared_checks import LABELS, label_values, no_finding_alone

SUITES: tuple[Suite, ...] = (
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
        *label_values(LABELS),
        no_finding_alone(),
        published=published("chexpert", "training images"),
    ),
)
