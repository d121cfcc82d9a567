"""What the report page shows: one query a section, over relations that a stage makes. Ids and counts only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb


@dataclass(frozen=True)
class PageSection:
    """A table of the report.

    Attributes
    ----------
    relation : str
        The relation without which there is nothing to show.
    made_by : str
        The command that makes it.
    sql : str
        Its rows.
    """

    relation: str
    made_by: str
    sql: str


SECTIONS: Mapping[str, PageSection] = {
    "matrix": PageSection(
        "quality.check_result",
        "cxr check",
        """
        select dimension, severity, count(*) as n_checks, count(*) filter (where not is_success) as n_failed
        from quality.check_result
        group by all
        order by all
        """,
    ),
    "failures": PageSection(
        "quality.check_result",
        "cxr check",
        """
        select severity, dimension, suite, check_id, column_name, description, n_evaluated, n_unexpected,
            observed, difference
        from quality.check_result
        where not is_success
        order by severity, suite, check_id
        """,
    ),
    "suites": PageSection(
        "quality.suite_result",
        "cxr check",
        """
        select s.suite, s.n_rows, s.n_checks, s.n_skipped, s.reason,
            count(*) filter (where not r.is_success and r.severity = 'blocking') as n_failed_blocking,
            count(*) filter (where not r.is_success and r.severity = 'warning') as n_failed_warning
        from quality.suite_result as s
        left join quality.check_result as r on s.suite = r.suite
        group by s.suite, s.n_rows, s.n_checks, s.n_skipped, s.reason
        order by
            list_position(['raw', 'annotation', 'nlp', 'score', 'marts'], split_part(s.suite, '.', 1)) nulls last,
            s.suite
        """,
    ),
    "contents": PageSection(
        "marts.dim_study",
        "cxr build",
        """
        select s.dataset, count(distinct s.patient_id) as n_patients, count(*) as n_studies,
            sum(s.n_images)::bigint as n_images, count(*) filter (where s.has_report) as n_reports
        from marts.dim_study as s
        group by all
        order by all
        """,
    ),
    "counts": PageSection(
        "marts.reference_count",
        "cxr build",
        """
        select dataset, subject, loaded_count, published_count, difference, status,
            is_rebuildable and is_verified as is_blocking, source, note
        from marts.reference_count
        order by status = 'not loaded', dataset, subject
        """,
    ),
    "prevalence": PageSection(
        "marts.finding_prevalence",
        "cxr build",
        """
        select p.dataset, p.labeler, l.name as labeler_name, l.kind, p.finding, f.name as finding_name,
            p.n_studies, p.n_positive, p.n_uncertain, p.n_negative, p.positive_share
        from marts.finding_prevalence as p
        inner join marts.dim_labeler as l on p.labeler = l.labeler
        inner join marts.dim_finding as f on p.finding = f.finding
        order by p.dataset, p.labeler <> 'cxr', p.labeler, p.finding
        """,
    ),
    "agreement": PageSection(
        "marts.labeler_agreement",
        "cxr build",
        """
        select a.dataset, a.labeler_a, a.labeler_b, a.finding, f.name as finding_name, a.n_studies,
            a.observed_agreement, a.kappa, a.positive_kappa
        from marts.labeler_agreement as a
        inner join marts.dim_finding as f on a.finding = f.finding
        order by a.dataset, a.labeler_a, a.labeler_b, a.finding
        """,
    ),
    "benchmark": PageSection(
        "marts.labeler_benchmark",
        "cxr build",
        """
        select gold, scheme, task, labeler, finding, is_published, "precision", recall, f1, f1_low, f1_high, support,
            n_studies, source
        from marts.labeler_benchmark
        order by gold, list_position(['mention', 'positive', 'negation', 'uncertainty'], task) nulls last, is_published,
            labeler <> 'cxr', labeler, finding
        """,
    ),
    "performance": PageSection(
        "marts.model_performance",
        "cxr build",
        """
        select p.dataset, p.model, p.version, p.labeler, p.finding, f.name as finding_name,
            p.n_positive, p.n_negative, p.auroc, p.auroc_low, p.auroc_high
        from marts.model_performance as p
        inner join marts.dim_finding as f on p.finding = f.finding
        where p.stratum = 'all'
        order by p.model, p.version, p.dataset, p.labeler, p.finding
        """,
    ),
    "runs": PageSection(
        "raw.load_run",
        "cxr load",
        """
        select 'load' as stage, l.source as subject, l.started_at, l.seconds, l.n_rows as n_items,
            l.product_version as version, l.status, l.run_id,
            list(f.file || ' ' || f.sha256[1:12] order by f.file) filter (where f.file is not null) as hashes
        from raw.load_run as l
        left join raw.load_file as f on l.run_id = f.run_id
        group by all
        union all
        select 'label', labeler, started_at, seconds, n_reports, product_version, status, run_id,
            ['lexicon ' || lexicon_sha[1:12]]
        from nlp.label_run
        union all
        select 'score', model || ' ' || version, started_at, seconds, n_items, product_version, status, run_id,
            ['weights ' || weights_sha[1:12]]
        from score.score_run
        union all
        select 'build', 'dbt', started_at, seconds, n_models, product_version, status, run_id, []
        from quality.build_run
        union all
        select 'check', 'every suite', started_at, seconds, n_checks, product_version, status, run_id, []
        from quality.check_run
        order by started_at
        """,
    ),
}

QUERIES: Mapping[str, str] = {
    "The failed checks": "select * from quality.check_result where not is_success",
    "What is loaded beside what is published": "select * from marts.reference_count where loaded_count > 0",
    "Labels of each labeler": "select * from marts.finding_prevalence order by dataset, finding, labeler",
    "Agreement of two labelers": "select labeler_a, labeler_b, finding, kappa from marts.labeler_agreement",
    "Labelers against gold": "select * from marts.labeler_benchmark where finding in ('micro', 'macro')",
}


def read(con: duckdb.DuckDBPyConnection) -> dict[str, list[dict[str, Any]] | None]:
    """Return the rows of every section; None where its relation is not built."""
    rows = con.sql("select table_schema || '.' || table_name from information_schema.tables").fetchall()
    built = {row[0] for row in rows}
    return {name: _rows(con, section.sql) if section.relation in built else None for name, section in SECTIONS.items()}


def _rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    found = con.sql(sql)
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
