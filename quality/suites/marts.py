"""Suites of the marts: what dbt's own tests do not see, and the keys again on the rows that were built."""

from __future__ import annotations

from quality.checks import Check, Suite, between, holds, keyed, one_of, present, published_figures, refers, warning
from quality.suites.nlp import FINDING

STUDY = ("dataset", "study_id")
OF_STUDY = refers({"dataset": "dataset", "study_id": "study_id"}, "marts.dim_study")
OF_LABELER = refers("labeler", "marts.dim_labeler")
ANSWERS = ("present", "absent", "uncertain", "not_mentioned")
MAX_AGE = 110


def mart(name: str, grain: tuple[str, ...], *checks: Check) -> Suite:
    """Return the suite of a mart: its key, then these checks."""
    return Suite(f"marts.{name}", (*keyed(grain), *checks))


DIMENSIONS = (
    mart(
        "dim_dataset",
        ("dataset",),
        one_of("modality", ("radiograph", "CT", "mixed")),
        warning(
            holds(
                "not_loaded_twice",
                "not t.is_loaded_twice",
                "No data set is loaded beside one that holds the same images",
                "integrity",
                column="is_loaded_twice",
            )
        ),
    ),
    mart(
        "dim_patient",
        ("dataset", "patient_id"),
        one_of("sex", ("female", "male", "other", "unknown", "F", "M", "O")),
        between("n_studies", 1, None),
        between("n_images", 0, None),
        holds("reports_of_studies", "t.n_reports <= t.n_studies", "No patient has more reports than studies"),
        holds("first_before_last", "t.first_studied_at <= t.last_studied_at", "The first study is not after the last"),
    ),
    mart(
        "dim_study",
        STUDY,
        refers({"dataset": "dataset", "patient_id": "patient_id"}, "marts.dim_patient"),
        warning(between("age_years", 0, MAX_AGE, "Ages are 0 to 110 years (public tables hold a few beyond)")),
        holds("views_of_images", "t.n_frontal + t.n_lateral <= t.n_images", "Frontal and lateral images are images"),
        holds("prior_is_earlier", "t.days_since_prior >= 0", "A prior study is not later", column="days_since_prior"),
        holds(
            "prior_is_another",
            "t.prior_study_id <> t.study_id",
            "A study is not its own prior",
            column="prior_study_id",
        ),
    ),
    mart(
        "dim_image",
        ("dataset", "image_id"),
        OF_STUDY,
        one_of("view_class", ("frontal", "lateral", "other", "unknown")),
        between("n_rows", 256, 6000),
        between("n_columns", 256, 6000),
    ),
    mart(
        "image_pair",
        ("dataset", "frontal_image_id", "lateral_image_id"),
        OF_STUDY,
        *(
            refers({f"{side}_image_id": "image_id", "dataset": "dataset"}, "marts.dim_image", f"{side}_image_exists")
            for side in ("frontal", "lateral")
        ),
    ),
    mart(
        "study_encounter",
        STUDY,
        OF_STUDY,
        holds(
            "within_admission",
            "t.studied_at between t.admitted_at and t.discharged_at",
            "A study is within its hospital stay",
            column="studied_at",
        ),
        holds(
            "within_ed_stay",
            "t.studied_at between t.arrived_at and t.left_at",
            "A study is within its emergency stay",
            column="studied_at",
        ),
        one_of("sex", ("F", "M")),
        warning(between("age_years", 0, MAX_AGE, "Ages are 0 to 110 years")),
    ),
    mart("study_encounter_count", ("dataset", "link"), between("n_studies", 1, None)),
    mart("dim_finding", ("finding",), FINDING, present("name")),
    mart("dim_labeler", ("labeler",), one_of("kind", ("rules", "network", "human")), present("name")),
    mart("dim_model", ("model", "version"), between("n_findings", 1, None)),
    mart(
        "reference_count",
        ("dataset", "subject"),
        between("published_count", 1, None),
        holds(
            "difference_of_counts",
            "t.difference = t.loaded_count - t.published_count",
            "The difference is of the two counts",
        ),
        *published_figures(),
    ),
)

LABELS = (
    mart(
        "fct_study_label",
        (*STUDY, "labeler", "finding"),
        OF_STUDY,
        OF_LABELER,
        FINDING,
        one_of("value", (1, 0, -1)),
    ),
    mart("study_label_wide", (*STUDY, "labeler"), OF_STUDY, OF_LABELER),
    mart(
        "finding_prevalence",
        ("dataset", "labeler", "finding"),
        OF_LABELER,
        FINDING,
        between("positive_share", 0, 1),
        between("n_not_mentioned", 0, None),
        warning(
            holds(
                "not_in_every_study",
                "t.n_studies < 100 or t.positive_share < 1",
                "No finding is present in every study",
                "validity",
                column="positive_share",
            )
        ),
        holds(
            "counts_add_up",
            "t.n_positive + t.n_negative + t.n_uncertain + t.n_not_mentioned = t.n_studies",
            "The counts of a finding add up to the studies",
        ),
    ),
    mart(
        "labeler_agreement",
        ("dataset", "labeler_a", "labeler_b", "finding"),
        refers({"labeler_a": "labeler"}, "marts.dim_labeler", "labeler_a_exists"),
        refers({"labeler_b": "labeler"}, "marts.dim_labeler", "labeler_b_exists"),
        FINDING,
        between("kappa", -1, 1),
        between("positive_kappa", -1, 1),
        between("observed_agreement", 0, 1),
        between("n_none_none", 0, None),
    ),
    mart(
        "label_confusion",
        ("dataset", "labeler_a", "labeler_b", "finding", "answer_a", "answer_b"),
        FINDING,
        one_of("answer_a", ANSWERS),
        one_of("answer_b", ANSWERS),
        between("n_studies", 0, None),
    ),
    mart(
        "label_disagreement",
        (*STUDY, "labeler_a", "labeler_b", "finding"),
        OF_STUDY,
        FINDING,
        holds("differs", "t.value_a is distinct from t.value_b", "The two labels differ"),
    ),
    mart(
        "labeler_comparison",
        ("gold", "labeler_a", "labeler_b", "scheme", "task", "finding"),
        between("f1_difference", -1, 1),
        between("p_bootstrap", 0, 1),
        between("p_mcnemar", 0, 1),
    ),
    mart(
        "finding_mention",
        (*STUDY, "labeler", "start_offset", "end_offset", "finding"),
        OF_STUDY,
        FINDING,
        holds("start_before_end", "t.start_offset < t.end_offset", "Mentions have a length"),
    ),
    mart("report_section", ("rules", *STUDY, "ordinal"), OF_STUDY),
    mart("section_difference", STUDY, OF_STUDY),
)

SCORES = (
    mart(
        "labeler_benchmark",
        ("gold", "labeler", "scheme", "task", "finding", "is_published"),
        *(between(column, 0, 1) for column in ("precision", "recall", "f1", "f1_low", "f1_high")),
        holds("interval_ordered", "t.f1_low <= t.f1_high", "Intervals have their lower end first"),
        holds(
            "published_has_source",
            "not t.is_published or t.source is not null",
            "A published figure names its source",
            "completeness",
            column="source",
        ),
    ),
    mart(
        "model_performance",
        ("dataset", "model", "version", "labeler", "finding", "stratum", "stratum_value"),
        refers({"model": "model", "version": "version"}, "marts.dim_model"),
        FINDING,
        one_of("stratum", ("all", "view", "sex", "age_band")),
        *(between(column, 0, 1) for column in ("auroc", "auprc", "threshold", "precision", "recall", "f1")),
        *(between(column, 0, 1) for column in ("brier", "ece")),
        between("n_positive", 0, None),
        *(
            holds(
                f"{figure}_interval_ordered",
                f"t.{figure}_low <= t.{figure}_high",
                "Intervals have their lower end first",
                column=f"{figure}_low",
            )
            for figure in ("auroc", "auprc", "f1")
        ),
        warning(
            holds(
                "better_than_chance",
                "t.stratum <> 'all' or t.n_positive < 20 or t.auroc > 0.5",
                "With 20 or more positives a network ranks better than chance",
                "consistency",
                column="auroc",
            )
        ),
    ),
    mart("fct_report_score", (*STUDY, "model", "version", "finding"), OF_STUDY, between("probability", 0, 1)),
    mart(
        "fct_image_score",
        ("dataset", "image_id", "model", "version", "finding"),
        refers({"dataset": "dataset", "image_id": "image_id"}, "marts.dim_image"),
        between("probability", 0, 1),
    ),
    mart("attribution", ("dataset", "item_id", "model", "version", "finding"), between("probability", 0, 1)),
)

SUITES: tuple[Suite, ...] = (*DIMENSIONS, *LABELS, *SCORES)
