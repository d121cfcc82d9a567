"""Suite of the COVID-19 image data collection; it grows by many hands, so that its codes are warnings."""

from __future__ import annotations

from quality.checks import Suite, between, holds, landing, one_of, warning
from quality.shared_checks import MAX_AGE, filled

ANSWERS = ("RT_PCR_positive", "intubated", "intubation_present", "went_icu", "in_icu", "extubated")

SUITES: tuple[Suite, ...] = (
    landing(
        "raw.covid_chestxray_image",
        warning(one_of("sex", ("F", "M"))),
        between("age", 0, MAX_AGE),
        warning(one_of("modality", ("X-ray", "CT"))),
        warning(one_of("view", ("PA", "AP", "AP Supine", "AP Erect", "L", "Axial", "Coronal"))),
        *(warning(one_of(column, ("Y", "N"))) for column in ANSWERS),
        warning(between("temperature", 30, 45)),
        warning(between("pO2_saturation", 0, 100)),
        warning(
            holds(
                "one_patient_of_a_sex",
                "not exists (select 1 from raw.covid_chestxray_image as o"
                " where o.patientid = t.patientid and o.sex <> t.sex)",
                "A patient's images agree on the sex",
                column="sex",
            )
        ),
        warning(
            holds(
                "finding_said",
                "t.finding not in ('todo', 'Unknown')",
                "Somebody has said a finding",
                "completeness",
                column="finding",
            )
        ),
        filled("clinical_notes", "There are clinical notes"),
    ),
)
