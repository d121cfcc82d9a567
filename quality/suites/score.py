"""Suites of the networks' scores."""

from __future__ import annotations

from quality.checks import Suite, between, holds, landing, one_of, refers, warning
from warehouse.findings import findings

FINDING = one_of("finding", tuple(findings()), "The finding is in the seed")
OF_RUN = refers("run_id", "score.score_run")
OF_MODEL = refers({"model": "name", "version": "version"}, "score.model")
COMPLETE = "(select len(m.findings) from score.model as m where m.name = t.model and m.version = t.version)"


OF_SCORE = " or ".join(
    f"exists (select 1 from {table} as s where s.run_id = t.run_id and s.dataset = t.dataset and s.{item} = t.item_id"
    " and s.finding = t.finding and s.probability = t.probability)"
    for table, item in (("score.report_score", "study_id"), ("score.image_score", "image_id"))
)


def every_finding(table: str, item: str) -> str:
    """Return the predicate that an item has a score for each output of the network."""
    return (
        f"(select count(*) from {table} as s where s.dataset = t.dataset and s.{item} = t.{item} and s.model = t.model"
        f" and s.version = t.version) = {COMPLETE}"
    )


SUITES: tuple[Suite, ...] = (
    landing(
        "score.score_run",
        one_of("status", ("complete", "running")),
        warning(
            holds(
                "finished",
                "t.status = 'complete'",
                "Every run was finished; take an interrupted one up again with 'cxr score'",
                "completeness",
                column="status",
            )
        ),
        holds("time_runs_forward", "t.started_at <= t.finished_at", "Runs start before they end"),
        refers(
            {"model": "name", "version": "version", "weights_sha": "weights_sha"}, "score.model", "weights_of_model"
        ),
        warning(
            holds(
                "few_failures",
                "coalesce(t.n_failures, 0) <= 0.05 * coalesce(t.n_items, 0)",
                "At most 5% of the items could not be scored",
                "completeness",
                column="n_failures",
            )
        ),
    ),
    landing(
        "score.model",
        one_of("input", ("report", "image")),
        holds(
            "findings_known",
            f"list_has_all([{', '.join(repr(name) for name in findings())}], t.findings)",
            "The network's outputs are findings of the seed",
            "validity",
            column="findings",
        ),
        holds(
            "weights_sha_form",
            "regexp_full_match(t.weights_sha, '[0-9a-f]{64}')",
            "Weights are named by their sha256",
            "validity",
            column="weights_sha",
        ),
    ),
    landing("score.failure", OF_RUN),
    landing(
        "score.attribution",
        OF_MODEL,
        FINDING,
        one_of("method", ("activation_map", "occlusion", "erasure")),
        between("probability", 0, 1),
        warning(
            holds(
                "of_a_score",
                OF_SCORE,
                "What is attributed is a score that is there; 'cxr attribute' forgets those that are gone",
                "integrity",
                needs=("score.report_score", "score.image_score"),
            )
        ),
    ),
    landing("score.scored_report", OF_RUN, refers({"dataset": "dataset", "study_id": "study_id"}, "raw.report")),
    landing("score.scored_image", OF_RUN, refers({"dataset": "dataset", "image_id": "image_id"}, "raw.image")),
    landing(
        "score.embedding",
        OF_RUN,
        OF_MODEL,
        holds(
            "one_width",
            "len(t.embedding) = (select any_value(len(e.embedding)) from score.embedding as e"
            " where e.model = t.model and e.version = t.version)",
            "Embeddings of a network are of one width",
            "validity",
            column="embedding",
        ),
    ),
    *(
        landing(
            table,
            OF_RUN,
            OF_MODEL,
            FINDING,
            between("probability", 0, 1),
            refers({"dataset": "dataset", item: item}, parent),
            holds(
                "every_finding",
                every_finding(table, item),
                "Every item has a score for each output",
                "completeness",
                needs=("score.model",),
            ),
        )
        for table, item, parent in (
            ("score.report_score", "study_id", "raw.report"),
            ("score.image_score", "image_id", "raw.image"),
        )
    ),
)
