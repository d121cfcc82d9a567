"""Suites of what the labelers wrote."""

from __future__ import annotations

from quality.checks import Suite, between, holds, landing, one_of, refers, warning
from warehouse.findings import findings

STUDY = {"dataset": "dataset", "study_id": "study_id"}
RUN_STATUS = ("complete", "running")
SECTION_RULES = ("corrected", "official")
FINDING = holds(
    "finding_known",
    f"t.finding in ({', '.join(map(repr, findings()))}) or t.finding in (select f.finding from nlp.finding as f)",
    "The finding is in the seed, or in the label scheme of a user",
    "validity",
    column="finding",
)
OF_RUN = refers("run_id", "nlp.label_run")

SUITES: tuple[Suite, ...] = (
    landing(
        "nlp.label_run",
        one_of("status", RUN_STATUS),
        warning(
            holds(
                "finished",
                "t.status = 'complete'",
                "Every run was finished; take an interrupted one up again with 'cxr label'",
                "completeness",
                column="status",
            )
        ),
        holds("time_runs_forward", "t.started_at <= t.finished_at", "Runs start before they end"),
        holds(
            "reports_counted",
            "t.status <> 'complete'"
            " or t.n_reports = (select count(*) from nlp.labeled_report as r where r.run_id = t.run_id)",
            "The run counts the reports that it labeled",
            column="n_reports",
        ),
        holds(
            "finds_something",
            "t.n_reports < 100 or t.n_mentions >= t.n_reports",
            "A labeler finds a mention a report, on average",
            "volume",
            column="n_mentions",
        ),
        holds(
            "mentions_counted",
            "t.status <> 'complete'"
            " or t.n_mentions = (select count(*) from nlp.mention as m where m.run_id = t.run_id)",
            "The run counts the mentions that it found",
            column="n_mentions",
        ),
    ),
    landing("nlp.finding"),
    landing("nlp.lexicon_phrase", between("kind", -1, 4)),
    landing("nlp.labeled_report", OF_RUN, refers(STUDY, "raw.report")),
    landing(
        "nlp.section_run",
        one_of("status", RUN_STATUS),
        one_of("rules", SECTION_RULES),
        warning(
            holds(
                "finished",
                "t.status = 'complete'",
                "Every run was finished; take an interrupted one up again with 'cxr section'",
                "completeness",
                column="status",
            )
        ),
        holds("time_runs_forward", "t.started_at <= t.finished_at", "Runs start before they end"),
        holds(
            "reports_counted",
            "t.status <> 'complete' or (select count(*) from nlp.sectioned_report as r where r.run_id = t.run_id)"
            " in (t.n_reports, 0)",
            "The run counts the reports that it split, unless a later one has replaced it",
            column="n_reports",
        ),
    ),
    landing(
        "nlp.sectioned_report",
        one_of("rules", SECTION_RULES),
        refers("run_id", "nlp.section_run"),
        refers(STUDY, "raw.report"),
    ),
    landing(
        "nlp.section",
        one_of("rules", SECTION_RULES),
        refers("run_id", "nlp.section_run"),
        refers({"rules": "rules"} | STUDY, "nlp.sectioned_report", "split"),
        refers(STUDY, "raw.report"),
        between("ordinal", 0, None),
        between("start", 0, None),
        holds("start_before_end", 't.start <= t."end"', "Sections do not end before they start"),
        holds("length_of_text", 'length(t.text) = t."end" - t.start', "The text is as long as its offsets say"),
        holds(
            "inside_report",
            't."end" <= (select length(r.text) from raw.report as r where r.dataset = t.dataset'
            " and r.study_id = t.study_id)",
            "Sections lie inside the report",
            needs=("raw.report",),
        ),
    ),
    landing(
        "nlp.mention",
        OF_RUN,
        refers({"run_id": "run_id"} | STUDY, "nlp.labeled_report"),
        FINDING,
        one_of("assertion", ("present", "absent", "uncertain")),
        one_of("laterality", ("left", "right", "bilateral")),
        one_of("change", ("new", "stable", "improved", "worse", "resolved")),
        between("start", 0, None),
        between("sentence", 0, None),
        holds("start_before_end", 't.start < t."end"', "Mentions have a length"),
        holds("length_of_text", 'length(t.text) = t."end" - t.start', "The words are as long as their offsets say"),
        holds(
            "cue_has_both_ends",
            "(t.cue_start is null) = (t.cue_end is null) and coalesce(t.cue_start < t.cue_end, true)",
            "A cue has a start and a later end",
        ),
        holds(
            "assertion_has_cue",
            "t.assertion <> 'absent' or t.cue_rule_id is not null",
            "What is absent names the cue that says so",
            column="cue_rule_id",
        ),
        holds(
            "inside_report",
            't."end" <= (select length(r.text) from raw.report as r where r.dataset = t.dataset'
            " and r.study_id = t.study_id)",
            "Mentions lie inside the report",
            needs=("raw.report",),
        ),
    ),
    landing(
        "nlp.label",
        OF_RUN,
        FINDING,
        one_of("value", (1, 0, -1)),
        refers({"run_id": "run_id"} | STUDY, "nlp.labeled_report"),
        refers({"lexicon_sha": "lexicon_sha", "labeler": "labeler"}, "nlp.label_run", "rules_of_run"),
        holds(
            "no_finding_alone",
            "t.finding <> 'no_finding' or t.value <> 1"
            " or not exists (select 1 from nlp.label as o where o.run_id = t.run_id and o.dataset = t.dataset"
            " and o.study_id = t.study_id and o.value = 1"
            f" and o.finding in ({', '.join(repr(f.id) for f in findings().values() if f.blocks_no_finding)}))",
            "No Finding does not stand beside a present abnormality",
        ),
        holds(
            "indexed_unless_absent",
            "case t.value when 1 then t.is_indexed when 0 then not t.is_indexed else true end",
            "What is present is indexed, what is absent is not",
        ),
        holds(
            "mentioned",
            "t.finding = 'no_finding' or exists (select 1 from nlp.mention as m where m.run_id = t.run_id"
            " and m.dataset = t.dataset and m.study_id = t.study_id)",
            "A study with a label has a mention as evidence",
            "integrity",
            needs=("nlp.mention",),
        ),
    ),
    landing(
        "nlp.benchmark_result",
        one_of("task", ("mention", "positive", "negation", "uncertainty")),
        *(between(column, 0, 1) for column in ("precision", "recall", "f1", "f1_low", "f1_high")),
        holds("interval_ordered", "t.f1_low <= t.f1_high", "Intervals have their lower end first"),
        warning(
            holds("interval_holds_f1", "t.f1 between t.f1_low - 0.05 and t.f1_high + 0.05", "F1 lies in its interval")
        ),
        between("support", 0, None),
    ),
    landing(
        "nlp.benchmark_comparison",
        one_of("task", ("mention", "positive", "negation", "uncertainty")),
        between("f1_difference", -1, 1),
        *(between(column, 0, 1) for column in ("p_bootstrap", "p_bootstrap_holm", "p_mcnemar", "p_mcnemar_holm")),
        holds("pair_ordered", "t.labeler_a < t.labeler_b", "The first labeler is the first in the alphabet"),
    ),
)
