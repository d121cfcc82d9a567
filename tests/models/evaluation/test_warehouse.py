"""Networks measured from int_model_case: known results by stratum, scikit-learn's on the same cases; the page."""

from __future__ import annotations

import json
import re

import duckdb
import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from models.evaluation.page import write_page
from models.evaluation.warehouse import measure_cases, read_performance, summarize
from tests.support.console import cxr
from warehouse.config import Settings
from warehouse.errors import ConfigError, WarehouseError

N = 360


@pytest.fixture(scope="module")
def con():
    """An int_model_case of two data sets with views, sexes and ages, and the marts that the page reads.

    The network ranks edema of women perfectly, of men the wrong way round, and knows nothing of fracture.
    """
    rng = np.random.default_rng(0)
    con = duckdb.connect()
    con.execute("create schema intermediate; create schema marts")
    con.execute(
        "create table intermediate.int_model_case (dataset varchar, model varchar, version varchar, labeler varchar,"
        " finding varchar, item_id varchar, study_id varchar, patient_id varchar, projection varchar, sex varchar,"
        " age_band varchar, probability double, threshold double, is_positive boolean, is_in_sample boolean)"
    )
    rows = []
    for dataset, labeler in [("chestxray14", "nih_nlp"), ("padchest", "padchest_physician")]:
        for i in range(N):
            patient, sex = f"p{i // 2}", "FM"[i // 2 % 2]
            view = "frontal" if dataset == "chestxray14" or i % 2 else "lateral"
            age = ["18-39", "80+", None][i % 3]
            is_positive = bool(rng.random() < 0.2)
            edema = rng.uniform(0.5, 1) if is_positive == (sex == "F") else rng.uniform(0, 0.5)
            for finding, probability in [("edema", edema), ("fracture", round(rng.random(), 1))]:
                key = (dataset, "net", "1.0.0", labeler, finding, f"i{i}", f"s{i}", patient)
                rows.append((*key, view, sex, age, probability, 0.5, is_positive, False))
            if i < 5:
                key = (dataset, "net", "1.0.0", labeler, "hernia", f"i{i}", f"s{i}", patient)
                rows.append((*key, view, sex, age, 0.1, 0.2, False, None))
    con.executemany(f"insert into intermediate.int_model_case values ({', '.join('?' * 15)})", rows)
    measured = measure_cases(con.sql("from intermediate.int_model_case"), n_resamples=50)
    con.register("measured", measured)
    con.execute("create table marts.model_performance as from measured")
    con.execute(
        "create table marts.dim_labeler as select * from (values ('nih_nlp', 'rules'), ('padchest_physician', 'human'))"
        " as l(labeler, kind)"
    )
    manifest = json.dumps({"training_data": {"datasets": ["brax"], "n_items": {"train": 1000}}, "licence": "CC0 <1.0>"})
    con.execute(
        "create table marts.dim_model as select 'net' as model, '1.0.0' as version, 'Classification' as task,"
        " 'image' as input, ? as manifest, repeat('a', 64) as weights_sha",
        [manifest],
    )
    return con


def figure(con, name, **where):
    condition = " and ".join(f"{column} = '{value}'" for column, value in where.items())
    return con.sql(f"select {name} from marts.model_performance where {condition}").fetchall()


def test_every_stratum_is_there(con):
    found = con.sql(
        "select dataset, stratum, stratum_value from marts.model_performance where finding = 'edema' order by all"
    ).fetchall()
    ages, sexes = [("age_band", "18-39"), ("age_band", "80+")], [("sex", "F"), ("sex", "M")]
    assert found == [
        *(("chestxray14", *stratum) for stratum in [*ages, ("all", "all"), *sexes, ("view", "frontal")]),
        *(("padchest", *stratum) for stratum in [*ages, ("all", "all"), *sexes, ("view", "frontal")]),
        ("padchest", "view", "lateral"),
    ]


def test_known_results_by_stratum(con):
    of_sex = {"stratum": "sex", "finding": "edema", "dataset": "padchest"}
    names = "auroc, auroc_low, auroc_high, f1, recall"
    assert figure(con, names, stratum_value="F", **of_sex) == [(1, 1, 1, 1, 1)]
    assert figure(con, names, stratum_value="M", **of_sex) == [(0, 0, 0, 0, 0)]


@pytest.mark.parametrize("finding", ["edema", "fracture"])
@pytest.mark.parametrize(
    ("stratum", "column", "value"),
    [("all", "dataset", "padchest"), ("view", "projection", "lateral"), ("age_band", "age_band", "80+")],
)
def test_figures_are_exact(con, finding, stratum, column, value):
    cases = con.sql(
        "select is_positive, probability from intermediate.int_model_case"
        f" where dataset = 'padchest' and finding = '{finding}' and {column} = '{value}'"
    ).fetchnumpy()
    targets, scores = cases["is_positive"], cases["probability"]
    where = {"dataset": "padchest", "finding": finding, "stratum": stratum}
    if stratum != "all":
        where["stratum_value"] = value
    ((n_positive, n_negative, auroc, auprc, f1, brier),) = figure(
        con, "n_positive, n_negative, auroc, auprc, f1, brier", **where
    )
    assert (n_positive, n_negative) == (targets.sum(), (~targets).sum())
    assert auroc == pytest.approx(roc_auc_score(targets, scores))
    assert auprc == pytest.approx(average_precision_score(targets, scores))
    assert f1 == pytest.approx(f1_score(targets, scores >= 0.5))
    assert brier == pytest.approx(np.mean((scores - targets) ** 2))


def test_without_positives_there_is_no_area(con):
    names = "n_positive, n_negative, auroc, auprc, f1, threshold, is_in_sample"
    found = figure(con, names, finding="hernia", stratum="all", dataset="padchest")
    assert found == [(0, 5, None, None, None, 0.2, None)]


def test_the_order_of_the_rows_does_not_matter(con):
    shuffled = con.sql("from intermediate.int_model_case order by hash(item_id, finding)")
    again = measure_cases(shuffled, n_resamples=50).to_pylist()
    first = con.sql("from marts.model_performance").to_arrow_table().to_pylist()
    assert len(again) == len(first)
    for one, other in zip(again, first, strict=True):
        assert one == pytest.approx(other, abs=1e-12)


def test_summary(con):
    rows = read_performance(con, model="net", labelers=["nih_nlp"])
    (row,) = summarize(rows)
    assert (row["dataset"], row["n_items"], row["n_findings"], row["n_rare"]) == ("chestxray14", N, 2, 1)
    areas = figure(con, "avg(auroc)", dataset="chestxray14", stratum="all")
    assert row["mean_auroc"] == pytest.approx(areas[0][0])


def test_what_is_not_there_is_said(con):
    with pytest.raises(WarehouseError, match="no scores that a labeler's answers"):
        read_performance(con, model="unknown")
    with pytest.raises(WarehouseError, match="cxr build"):
        read_performance(duckdb.connect())


def test_the_page(con, tmp_path):
    settings = Settings(warehouse=tmp_path / "warehouse.duckdb", pages=tmp_path / "pages")
    path = write_page(con, read_performance(con), settings)
    page = path.read_text(encoding="utf-8")
    assert path == settings.pages / "networks.html"
    assert page.count("<svg ") == 6  # three of each data set
    assert "brax: 1,000 train" in page
    assert "CC0 &lt;1.0&gt;" in page
    assert "18-39" in page
    assert "http-equiv" not in page
    assert not re.search(r'(src|href)="https?:', page), "the page loads something from elsewhere"
    assert "#0b63c5" not in page.split("</style>")[1], "a colour that dark mode cannot change"
    assert not re.search(r"\bp\d+\b|\bs\d+\b|\bi\d+\b", re.sub(r"<svg.*?</svg>", "", page, flags=re.S)), "an id"
    assert page == write_page_again(con, settings, page)


def test_a_page_that_cannot_be_written_is_said(con, tmp_path):
    (tmp_path / "pages").write_text("a file")
    settings = Settings(warehouse=tmp_path / "warehouse.duckdb", pages=tmp_path / "pages")
    with pytest.raises(ConfigError, match=r"cannot be written: File exists.*CXR_PAGES"):
        write_page(con, read_performance(con), settings)


def test_what_is_shown_does_not_choose_what_is_on_the_page(con, tmp_path):
    con.execute(f"attach '{tmp_path}/warehouse.duckdb' as stored; copy from database memory to stored; detach stored")
    shown = cxr("evaluate", "--labeler", "nih_nlp", "--json", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    given = json.loads(shown.stdout)
    assert {row["labeler"] for row in [*given["rows"], *given["summary"]]} == {"nih_nlp"}
    assert "Against padchest_physician" in (tmp_path / "cxr-pages" / "networks.html").read_text(encoding="utf-8")


def write_page_again(con, settings, page):
    """Return the page written once more, with the time of the first."""
    again = write_page(con, read_performance(con), settings).read_text(encoding="utf-8")
    stamp = re.compile(r"\d+ \w+ \d{4}, \d\d:\d\d")
    return stamp.sub(stamp.search(page)[0], again, count=1)
