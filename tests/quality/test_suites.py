"""The suites as data: each expectation exists, each column exists, each table has a suite."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import great_expectations as gx

from quality import page_queries
from quality.checks import (
    DIMENSIONS,
    SEVERITIES,
    Check,
    Suite,
    holds,
    one_of,
    published,
    published_figures,
    refers,
    warning,
)
from quality.expectations import expectation
from quality.suites import all_suites
from warehouse import schema
from warehouse.findings import read_seed

CHECKS = [(suite.table, check) for suite in all_suites().values() for check in suite.checks]


def test_every_expectation_is_one_of_great_expectations() -> None:
    for _, check in CHECKS:
        made = expectation(check)
        assert isinstance(made, gx.expectations.Expectation)
        assert made.expectation_type == check.expectation


def test_checks_have_an_id_a_dimension_a_severity_and_words() -> None:
    for suite in all_suites().values():
        ids = [check.id for check in suite.checks]
        assert len(ids) == len(set(ids)), suite.table
    for table, check in CHECKS:
        assert check.id.replace("_", "").isalnum(), (table, check.id)
        assert check.dimension in DIMENSIONS
        assert check.severity in SEVERITIES
        assert len(check.description.split()) > 2


def test_every_column_exists(empty_warehouse: Path) -> None:
    with duckdb.connect(str(empty_warehouse), read_only=True) as con:
        for suite in all_suites().values():
            columns = con.sql(suite.query(suite.checks)).columns
            assert set(columns) >= {check.batch_column for check in suite.checks if check.batch_column}


def test_every_query_of_the_page_runs(empty_warehouse: Path) -> None:
    with duckdb.connect(str(empty_warehouse), read_only=True) as con:
        for section in page_queries.SECTIONS.values():
            con.sql(section.sql).fetchall()
        for query in page_queries.QUERIES.values():
            con.sql(query).fetchall()


def test_every_table_has_a_suite(contracts: dict[str, dict[str, Any]]) -> None:
    landing = {schema.qualified(table) for table in schema.tables()}
    expected = {table for table in landing if not table.startswith("quality.")} | {
        f"marts.{name}" for name in contracts
    }
    # views of targets over the labels, whose suites are those of the labels
    expected -= {"marts.training_label", "marts.training_label_wide"}
    assert expected | {"warehouse.columns"} == set(all_suites())


def test_the_keys_of_the_marts_are_those_of_their_contracts(contracts: dict[str, dict[str, Any]]) -> None:
    for name, model in contracts.items():
        if f"marts.{name}" not in all_suites():
            continue
        key = next(rule["columns"] for rule in model["constraints"] if rule["type"] == "primary_key")
        suite = all_suites()[f"marts.{name}"]
        assert {check.column for check in suite.checks if check.id.endswith("_present")} >= set(key)
        unique = next(check for check in suite.checks if check.id == "key_unique")
        assert unique.description == f"One row for each {', '.join(key)}"


def test_published_counts_are_those_of_the_seed() -> None:
    assert published("openi", "reports") == 3955
    assert published("mimic_cxr", "images") == 377_110
    counts = {suite.table: suite.published for suite in all_suites().values() if suite.published}
    assert counts["raw.chexpert_image"] == 223_414
    assert counts["raw.padchest_image"] == 160_861


def test_only_verified_figures_that_can_be_rebuilt_block() -> None:
    severities = {check.id: check.severity for check in published_figures()}
    assert severities["mimic_cxr_images_of_train"] == "blocking"
    assert severities["mimic_cxr_images_without_a_view"] == "warning"
    assert "mimic_cxr_frontal_images_of_train" not in severities
    assert "mimic_cxr_studies_with_a_finding_of_train" not in severities
    for row in read_seed("published_count"):
        assert row["note"] or (row["is_rebuildable"], row["is_verified"]) == ("true", "true"), row["subject"]
        assert set(row["relation"].split()) <= set(all_suites()), row["subject"]


def test_no_text_is_fetched() -> None:
    """Text columns reach Great Expectations only where a closed list of codes is checked."""
    for suite in all_suites().values():
        if suite.relation or suite.table.startswith("marts."):
            continue
        declared = {schema.qualified(table): schema.column_types(table) for table in schema.tables()}[suite.table]
        for check in suite.checks:
            if (
                check.sql is None
                and check.column
                and declared[check.column] not in {"INTEGER", "SMALLINT", "BIGINT", "DOUBLE"}
            ):
                assert check.expectation == "expect_column_values_to_be_in_set", (suite.table, check.id)


def test_vocabulary() -> None:
    assert warning(one_of("sex", ("F", "M"))).severity == "warning"
    assert one_of("AP/PA", ("AP",)).id == "ap_pa_known"
    rule = refers({"uid": "study"}, "raw.report")
    assert (rule.id, rule.column, rule.needs) == ("report_exists", "uid", ("raw.report",))
    check: Check = holds("ordered", "t.a < t.b", "A is before b")
    assert Suite("x.y", (check,)).query((check,)) == 'select coalesce(t.a < t.b, true) as "ordered" from x.y as t'
