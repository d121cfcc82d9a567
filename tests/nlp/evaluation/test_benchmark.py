"""Figures against scikit-learn and by hand; label tables from the warehouse and from files."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nlp.evaluation.benchmark import benchmark_warehouse, compare, contrast, speeds
from nlp.evaluation.label_file import read_label_file
from nlp.evaluation.label_table import LabelTable, read_gold, read_labels
from nlp.evaluation.metrics import MACRO_SUPPORT, NOT_MENTIONED, NOT_SCORED, TASKS, kappa, measure, resamples
from warehouse.config import Settings
from warehouse.connection import writing
from warehouse.errors import WarehouseError
from warehouse.findings import scheme

FINDINGS = list(scheme("chexpert14").values())
CELLS = st.sampled_from([1, 0, -1, NOT_MENTIONED])


def arrays(cells=CELLS):
    return st.integers(1, 30).flatmap(lambda n: st.tuples(*[hnp.arrays(np.int8, (n, 3), elements=cells)] * 2))


def table(name: str, values: np.ndarray, scheme: str = "chexpert14") -> LabelTable:
    return LabelTable(name, scheme, np.array([f"s{i:03}" for i in range(len(values))]), values.astype(np.int8))


@hypothesis_settings(deadline=None, max_examples=50)
@given(arrays(), st.sampled_from(list(TASKS)))
def test_figures_are_scikit_learns(pair, task):
    sklearn = pytest.importorskip("sklearn.metrics")
    gold, predicted = pair
    measures = measure(gold, predicted, ["a", "b", "c"], task, resamples(len(gold), 5, 0))
    truth, guess = np.isin(gold, TASKS[task]), np.isin(predicted, TASKS[task])
    for column, item in enumerate(measures[:3]):
        precision, recall, f1, _ = sklearn.precision_recall_fscore_support(
            truth[:, column], guess[:, column], average="binary", zero_division=np.nan
        )
        assert (
            item.precision.value == pytest.approx(precision) if guess[:, column].any() else item.precision.value is None
        )
        assert item.recall.value == pytest.approx(recall) if truth[:, column].any() else item.recall.value is None
        if (truth | guess)[:, column].any():
            assert item.f1.value == pytest.approx(np.nan_to_num(f1))
        assert item.support == truth[:, column].sum()
    micro = measures[4]
    if truth.any():
        assert micro.f1.value == pytest.approx(sklearn.f1_score(truth.ravel(), guess.ravel(), zero_division=0))
    frequent = [item.f1.value for item in measures[:3] if item.support >= MACRO_SUPPORT]
    assert measures[3].f1.value == (pytest.approx(np.mean(frequent)) if frequent else None)


@given(arrays(st.sampled_from([1, 0, -1, NOT_MENTIONED, NOT_SCORED])))
@hypothesis_settings(deadline=None)
def test_cells_not_scored_do_not_count(pair):
    gold, predicted = pair
    draws = resamples(len(gold), 5, 0)
    is_scored = (gold != NOT_SCORED) & (predicted != NOT_SCORED)
    emptied = [np.where(is_scored, cells, NOT_MENTIONED).astype(np.int8) for cells in pair]
    assert measure(gold, predicted, list("abc"), "positive", draws) == measure(*emptied, list("abc"), "positive", draws)


def test_bootstrap_is_reproducible_and_holds_the_figure():
    random = np.random.default_rng(1)
    gold = random.choice(np.array([1, 0, -1, NOT_MENTIONED], np.int8), (200, 14))
    predicted = np.where(random.random((200, 14)) < 0.8, gold, NOT_MENTIONED)
    first, second = (compare(table("gold", gold), table("labels", predicted), n_draws=200).rows() for _ in range(2))
    assert first == second
    assert all(row["f1_low"] <= row["f1"] <= row["f1_high"] for row in first if row["f1"] and row["support"] > 20)
    draws = resamples(200, 50, 3)
    assert draws.shape == (50, 200)
    assert (draws.sum(axis=1) == 200).all()


def test_bootstrap_by_hand():
    gold, predicted = np.array([[1], [1], [0], [1]], np.int8), np.array([[1], [0], [1], [1]], np.int8)
    draws = resamples(4, 300, 7)
    expected = []
    for draw in draws.astype(int):
        rows = np.repeat(np.arange(4), draw)
        hits = ((gold == 1) & (predicted == 1))[rows].sum()
        cases = (gold == 1)[rows].sum() + (predicted == 1)[rows].sum()
        expected.append(2 * hits / cases)
    item = measure(gold, predicted, ["a"], "positive", draws)[0]
    assert (item.f1.low, item.f1.high) == pytest.approx(tuple(np.percentile(expected, [2.5, 97.5])))


@given(arrays())
@hypothesis_settings(deadline=None)
def test_kappa_is_scikit_learns(pair):
    sklearn = pytest.importorskip("sklearn.metrics")
    first, second = pair
    for column, value in enumerate(kappa(first, second)):
        if len(np.unique([first[:, column], second[:, column]])) > 1:
            assert value == pytest.approx(sklearn.cohen_kappa_score(first[:, column], second[:, column]))
        else:
            assert value is None


WAREHOUSE = """
insert into nlp.label_run by name
select * from (
    values ('r0', 'cxr', 'complete', '2026-01-01'), ('r1', 'cxr', 'complete', '2026-01-02'),
    ('r2', 'cxr', 'running', '2026-01-03'), ('r3', 'other', 'running', '2026-01-03')
) as run(run_id, labeler, status, finished_at)
cross join (
    values ('sha', 'all', '0', '2026-01-01', 2.0, 4, 0)
) as shared(lexicon_sha, text_policy, product_version, started_at, seconds, n_reports, n_mentions);

insert into nlp.labeled_report select run_id, 'openi', 's' || i, 0 from range(5) as t(i), nlp.label_run;
insert into nlp.label values ('r0', 'openi', 's0', 'cxr', 'sha', 'edema', 0, false);
insert into nlp.label
select 'r1', 'openi', 's' || i, 'cxr', 'sha', 'edema', [1, 0, -1, 1, 1][i + 1], i <> 1 from range(5) as t(i);

insert into annotation.labeled_study values ('g', 'openi', 's1', 'openi_mesh'), ('g', 'nowhere', 'x', 'alone');
insert into annotation.labeled_study select 'g', 'openi', 's' || i, 'openi_chexpert14_dev' from range(4) as t(i);
insert into annotation.label
select run_id, dataset, study_id, annotator, 'edema', [1, 1, -1, -9][study_id[2]::int + 1]
from annotation.labeled_study where annotator = 'openi_chexpert14_dev';
"""


@pytest.fixture
def con(tmp_path):
    with writing(tmp_path / "warehouse.duckdb", Settings(threads=2)) as con:
        con.execute(WAREHOUSE)
        yield con


def test_benchmark_of_a_warehouse(con):
    rows = benchmark_warehouse(con)
    assert {(row["gold"], row["labeler"], row["scheme"], row["run_id"]) for row in rows} == {
        ("openi_chexpert14_dev", "cxr", "chexpert14", "r1"),
        ("openi_mesh", "cxr", "chestxray14", "r1"),
    }
    figures = {(row["gold"], row["task"], row["finding"]): row for row in rows}
    edema = figures["openi_chexpert14_dev", "positive", "edema"]
    assert (edema["precision"], edema["recall"], edema["support"], edema["n_studies"]) == (1.0, 0.5, 2, 4)
    assert figures["openi_chexpert14_dev", "uncertainty", "edema"]["f1"] == 1.0
    assert figures["openi_mesh", "positive", "edema"]["support"] == 0
    assert {task for gold, task, _ in figures if gold == "openi_mesh"} == {"positive"}
    assert con.sql("select count(*) from nlp.benchmark_result").fetchone() == (len(rows),)
    before = con.sql("from nlp.benchmark_result order by all").fetchall()
    benchmark_warehouse(con)
    assert con.sql("from nlp.benchmark_result order by all").fetchall() == before


def test_label_tables_of_a_warehouse(con):
    labels = read_labels(con, "cxr")
    assert labels.run_id == "r1"
    assert labels.values[:, FINDINGS.index("edema")].tolist() == [1, 0, -1, 1, 1]
    assert (np.delete(labels.values, FINDINGS.index("edema"), axis=1) == NOT_MENTIONED).all()
    assert read_gold(con, "openi_chexpert14_dev").values[3, FINDINGS.index("edema")] == NOT_SCORED
    assert speeds(con) == {"cxr": 2.0}
    with pytest.raises(WarehouseError, match="no complete run of 'other'"):
        read_labels(con, "other")
    with pytest.raises(WarehouseError, match="no annotations by 'nobody'"):
        read_gold(con, "nobody")


def test_gold_file(tmp_path):
    (tmp_path / "gold.csv").write_text("uid,Effusion,Hernia,normal\ns001,1,0,0\ns000,0,x,1\nabsent,1,1,0\n")
    values = np.full((2, 14), NOT_MENTIONED)
    labels = table("labels", values, "chestxray14")
    labels.values[1, list(scheme("chestxray14")).index("Effusion")] = 1
    result = compare(read_label_file(tmp_path / "gold.csv"), labels)
    assert (result.gold, result.n_studies) == ("gold", 2)
    assert [item.f1.value for item in result.measures if item.finding == "pleural_effusion"] == [1.0]
    (tmp_path / "gold.csv").write_text("uid,Effusion\nelsewhere,1\n")
    with pytest.raises(WarehouseError, match="has labeled no study of 'gold'"):
        compare(read_label_file(tmp_path / "gold.csv", scheme="chestxray14"), labels)


def test_contrasts_of_a_warehouse(con):
    """Every pair of labelers on the studies that both labeled; the first in the alphabet is the first."""
    con.execute(
        "insert into nlp.label_run by name select * replace ('r4' as run_id, 'rival' as labeler) "
        "from nlp.label_run where run_id = 'r1'"
    )
    con.execute("insert into nlp.labeled_report select 'r4', 'openi', 's' || i, 0 from range(3) as t(i)")
    con.execute("insert into nlp.label values ('r4', 'openi', 's1', 'rival', 'sha', 'edema', 1, true)")
    benchmark_warehouse(con)
    row = con.sql(
        "select labeler_a, labeler_b, n_studies, support, f1_a, f1_b, n_only_a_right, n_only_b_right, p_mcnemar "
        "from nlp.benchmark_comparison where gold = 'openi_chexpert14_dev' and task = 'positive' and finding = 'edema'"
    ).fetchall()
    assert row == [("cxr", "rival", 3, 2, pytest.approx(2 / 3), pytest.approx(2 / 3), 1, 1, 1.0)]
    gold = read_gold(con, "openi_chexpert14_dev")
    one, other = read_labels(con, "cxr"), read_labels(con, "rival")
    for row, turned in zip(contrast(gold, one, other).rows(), contrast(gold, other, one).rows(), strict=True):
        assert (row["f1_a"], row["n_only_a_right"]) == (turned["f1_b"], turned["n_only_b_right"])
        assert (row["p_mcnemar"], row["p_bootstrap"]) == (turned["p_mcnemar"], turned["p_bootstrap"])


def test_released_label_files(con):
    """The labeled test set of MIMIC-CXR-JPG is a gold set, the two label files are labelers."""
    con.execute(
        "insert into raw.mimic_cxr_jpg_test_set_labeled by name "
        "select 'r' as run_id, 'f' as source_file, 50 as study_id, 1 as \"Airspace Opacity\", 0 as \"Edema\""
    )
    for table, value in (("chexpert", 1), ("negbio", 0)):
        con.execute(
            f"insert into raw.mimic_cxr_jpg_{table} by name select 'r' as run_id, 'f' as source_file, "
            f'10 as subject_id, 50 as study_id, {value} as "Lung Opacity", 0 as "Edema"'
        )
    rows = benchmark_warehouse(con)
    figures = {(r["labeler"], r["task"], r["finding"]): r["f1"] for r in rows if r["gold"] == "mimic_radiologist"}
    assert figures["mimic_chexpert", "positive", "lung_opacity"] == 1.0
    assert figures["mimic_negbio", "positive", "lung_opacity"] == 0.0
    assert figures["mimic_negbio", "negation", "edema"] == 1.0
