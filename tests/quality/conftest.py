"""A small warehouse without faults: landing tables, labels, scores, and marts as dbt's contracts declare them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from quality.run import CheckReport, run_checks
from warehouse.config import Settings
from warehouse.connection import writing
from warehouse.findings import SEEDS

MARTS = SEEDS.parent / "models" / "marts"
SENTENCE = "The periwinkle heart is enlarged."
N_STUDIES = 3


@pytest.fixture(scope="session")
def contracts() -> dict[str, dict[str, Any]]:
    """Return the declarations of the marts by name."""
    models = (yaml.safe_load(path.read_text())["models"] for path in sorted(MARTS.rglob("*.yml")))
    return {model["name"]: model for declared in models for model in declared}


@pytest.fixture(scope="session")
def empty_warehouse(contracts: dict[str, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse without rows, its marts as their contracts declare them."""
    path = tmp_path_factory.mktemp("empty") / "warehouse.duckdb"
    with writing(path) as con:
        con.execute("create schema marts")
        for name, model in contracts.items():
            columns = ", ".join(f'"{column["name"]}" {column["data_type"]}' for column in model["columns"])
            con.execute(f"create table marts.{name} ({columns})")
    return path


# {n} studies of Open-I; the full 984 boxes of ChestX-ray14 on a handful of its images.
ROWS = f"""
insert into raw.load_run by name select 'load1' as run_id, 'openi' as source, '0.1.0' as product_version,
    'complete' as status, now() as started_at, now() as finished_at, 1.5 as seconds, {N_STUDIES} as n_rows,
    0 as n_rejected;
insert into raw.load_file by name select 'load1' as run_id, 'reports.tgz' as file, 100 as bytes,
    repeat('ab', 32) as sha256;
insert into raw.openi_report by name select 'load1' as run_id, 'reports.tgz' as source_file, 'CXR' || i as uid,
    i::text as pmc_id, '{SENTENCE}' as findings, ['Cardiomegaly'] as mesh_major, 'eng' as language
    from range(1, {N_STUDIES + 1}) as r(i);
insert into raw.chestxray14_image by name select 'load1' as run_id, 'images.csv' as source_file,
    format('{{:08d}}_000.png', i) as "Image Index", ['Effusion', 'Mass'] as "Finding Labels", 0 as "Follow-up #",
    i as "Patient ID", 50 as "Patient Age", 'F' as "Patient Gender", 'PA' as "View Position",
    2048 as "OriginalImage[Width", 2500 as "Height]", 0.143 as "OriginalImagePixelSpacing[x"
    from range(1, 11) as r(i);
insert into raw.chestxray14_box by name select 'load1' as run_id, 'boxes.csv' as source_file, i as source_row,
    format('{{:08d}}_000.png', 1 + i % 10) as "Image Index", 'Mass' as "Finding Label", 10.0 as "Bbox [x", 20.0 as y,
    100.0 as w, 200.0 as "h]" from range(1, 985) as r(i);
insert into nlp.label_run by name select 'label1' as run_id, 'cxr' as labeler, repeat('cd', 32) as lexicon_sha,
    'all' as text_policy, '0.1.0' as product_version, 'complete' as status, now() as started_at, now() as finished_at,
    1.0 as seconds, {N_STUDIES} as n_reports, {N_STUDIES} as n_mentions;
insert into nlp.labeled_report by name select 'label1' as run_id, dataset, study_id, 1 as text_hash
    from raw.report where dataset = 'openi';
insert into nlp.section_run by name select 'section1' as run_id, 'corrected' as rules, repeat('cd', 32) as rules_sha,
    '0.1.0' as product_version, 'complete' as status, now() as started_at, now() as finished_at, 1.0 as seconds,
    {N_STUDIES} as n_reports, {N_STUDIES} as n_sections;
insert into nlp.sectioned_report by name select 'section1' as run_id, 'corrected' as rules, dataset, study_id,
    1 as text_hash from raw.report where dataset = 'openi';
insert into nlp.section by name select 'section1' as run_id, 'corrected' as rules, dataset, study_id, 0 as ordinal,
    'findings' as section, 'FINDINGS' as heading, 10 as start, length(text) as "end", text[11:] as text,
    true as is_label_source, true as is_label_text from raw.report where dataset = 'openi';
insert into nlp.mention by name select 'label1' as run_id, dataset, study_id, 'findings' as section, 0 as sentence,
    10 as start, 15 as "end", text[11:15] as text, 'cardiomegaly' as finding, 'present' as assertion,
    'cardiomegaly.heart' as rule_id from raw.report where dataset = 'openi';
insert into nlp.label by name select 'label1' as run_id, dataset, study_id, 'cxr' as labeler,
    repeat('cd', 32) as lexicon_sha, 'cardiomegaly' as finding, 1 as value, true as is_indexed from nlp.labeled_report;
insert into score.model by name select 'net' as name, '1' as version, 'finding classification' as task,
    'report' as input, ['cardiomegaly'] as findings, repeat('ef', 32) as weights_sha, '{{}}' as manifest;
insert into score.score_run by name select 'score1' as run_id, 'net' as model, '1' as version,
    repeat('ef', 32) as weights_sha, '0.1.0' as product_version, 'complete' as status, now() as started_at,
    now() as finished_at, 1.0 as seconds, {N_STUDIES} as n_items, 0 as n_failures;
insert into score.report_score by name select 'score1' as run_id, dataset, study_id, 'net' as model, '1' as version,
    'cardiomegaly' as finding, 0.9 as probability from nlp.labeled_report;
insert into marts.dim_patient by name select dataset, study_id[4:] as patient_id, 1 as n_studies, 0 as n_images,
    1 as n_reports from nlp.labeled_report;
insert into marts.dim_study by name select dataset, study_id, study_id[4:] as patient_id, 50 as age_years,
    2 as n_images, 1 as n_frontal, 1 as n_lateral, true as has_report from nlp.labeled_report;
insert into marts.dim_finding by name select 'cardiomegaly' as finding, 'Cardiomegaly' as name;
insert into marts.dim_labeler by name select unnest(['cxr', 'openi_mesh']) as labeler,
    unnest(['This labeler', 'MeSH coding']) as name, unnest(['rules', 'human']) as kind;
insert into marts.dim_model by name select 'net' as model, '1' as version, 1 as n_findings;
insert into marts.fct_study_label by name select dataset, study_id, 'cxr' as labeler, 'cardiomegaly' as finding,
    1 as value from nlp.labeled_report;
insert into marts.finding_prevalence by name select 'openi' as dataset, labeler, 'cardiomegaly' as finding,
    4 as n_studies, 3 as n_positive, 0 as n_negative, 1 as n_uncertain, 0 as n_not_mentioned, 0.75 as positive_share
    from marts.dim_labeler;
insert into marts.labeler_agreement by name select 'openi' as dataset, 'cxr' as labeler_a, 'openi_mesh' as labeler_b,
    'cardiomegaly' as finding, 3 as n_studies, 1.0 as observed_agreement, 0.8 as kappa, 0.7 as positive_kappa,
    0 as n_none_none;
insert into marts.labeler_benchmark by name select 'openi_mesh' as gold, labeler, 'chestxray14' as scheme,
    'positive' as task, finding, is_published, 0.9 as "precision", 0.8 as recall, 0.85 as f1,
    case when not is_published then 0.8 end as f1_low, case when not is_published then 0.9 end as f1_high,
    3 as support, 3 as n_studies, case when is_published then 'A paper, Table 1' end as source
    from (values ('cxr', false), ('negbio', true)) as l(labeler, is_published),
        (values ('cardiomegaly'), ('micro'), ('macro')) as f(finding);
insert into marts.model_performance by name select 'openi' as dataset, 'net' as model, '1' as version,
    'cxr' as labeler, 'cardiomegaly' as finding, stratum, value as stratum_value, 3 as n_positive, 1 as n_negative,
    0.95 as auroc, 0.9 as auroc_low, 1.0 as auroc_high
    from (values ('all', 'all'), ('view', 'frontal')) as s(stratum, value);
insert into marts.reference_count by name select 'chestxray14' as dataset, 'boxes' as subject, 'box' as unit,
    984 as published_count, 984 as loaded_count, 0 as difference, 'match' as status, 'Wang et al. 2017' as source;
"""


@pytest.fixture(scope="session")
def good_warehouse(empty_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("good") / "warehouse.duckdb"
    shutil.copy(empty_warehouse, path)
    with writing(path) as con:
        con.execute(ROWS)
    return path


@pytest.fixture
def sentence() -> str:
    """A sentence of every report in the good warehouse."""
    return SENTENCE


@pytest.fixture
def settings(good_warehouse: Path, tmp_path: Path) -> Settings:
    """Settings of a copy of the good warehouse that the test may damage."""
    copy = shutil.copy(good_warehouse, tmp_path / "warehouse.duckdb")
    return Settings(warehouse=copy, pages=tmp_path / "pages", threads=2)


@pytest.fixture
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with writing(settings.warehouse, settings) as connection:
        yield connection


@pytest.fixture(scope="session")
def checked(good_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, CheckReport]:
    """The good warehouse with every suite run over it once."""
    folder = tmp_path_factory.mktemp("checked")
    copy = shutil.copy(good_warehouse, folder / "warehouse.duckdb")
    settings = Settings(warehouse=copy, pages=folder / "pages", threads=2)
    with writing(settings.warehouse, settings) as con:
        return settings, run_checks(con, settings)
