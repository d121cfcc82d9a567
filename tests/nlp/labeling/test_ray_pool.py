"""Labeling on a Ray cluster: the same tables as on this machine, from a real local cluster."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from nlp import engines
from nlp.engines.semantics import Semantics
from nlp.labeling.batches import map_batches
from nlp.labeling.warehouse import label_warehouse
from nlp.rules.compile import default_lexicon
from tests.support import ROOT
from warehouse.config import Settings
from warehouse.connection import writing
from warehouse.errors import ConfigError
from warehouse.ray_pool import load_ray

TABLES = ("nlp.labeled_report", "nlp.section", "nlp.mention", "nlp.label")
needs_ray = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="the extra 'ray' is not installed")

WITHOUT_RAY = """
import sys
sys.modules["ray"] = None
from nlp import engines
from warehouse import ray_pool
from warehouse.errors import DependencyError
try:
    list(ray_pool.map_batches(len, [1], engines.load("cxr")))
except DependencyError as error:
    print(error)
"""


@pytest.fixture(scope="module")
def _cluster() -> Iterator[None]:
    ray = load_ray()
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error")
    yield
    ray.shutdown()


def tables(path: Path, **options: object) -> tuple[object, list[list[tuple]]]:
    settings = Settings(warehouse=path, threads=1)
    with writing(path, settings) as con:
        con.execute("""create table main.report as
            select 'openi' as dataset, 'p' as patient_id, 's' || i as study_id, 'en' as language,
                'FINDINGS: No edema. Small left effusion, ' || i || ' cm. IMPRESSION: Possible pneumonia.' as text
            from range(100) as t(i)""")
        con.execute("create or replace view raw.report as from main.report")
        labeler = engines.load("cxr", semantics=Semantics("mimic", "chexpert"), name="mine")
        result = label_warehouse(con, labeler, settings=settings, batch_size=9, **options)
        return result.run_id, [in_order(con, name) for name in TABLES]


def in_order(con: duckdb.DuckDBPyConnection, name: str) -> list[tuple]:
    return con.sql(f"from {name}").fetchall()


@needs_ray
@pytest.mark.usefixtures("_cluster")
def test_the_rows_are_those_of_this_machine(tmp_path: Path) -> None:
    """Byte for byte, and in the same order."""
    assert tables(tmp_path / "ray.duckdb", engine="ray") == tables(tmp_path / "local.duckdb")


@needs_ray
@pytest.mark.usefixtures("_cluster")
def test_results_come_in_order_and_few_at_a_time() -> None:
    taken: list[str] = []

    def batches() -> Iterator[str]:
        for name in ("name", "lexicon_sha") * 10:
            taken.append(name)
            yield name

    seen = []
    # A function of the standard library: the workers do not have this module.
    for result in map_batches(getattr, batches(), engines.load("cxr"), processes=1, engine="ray"):
        assert len(taken) - len(seen) <= 4
        seen.append(result)
    assert seen == ["cxr", default_lexicon().sha] * 10


def test_without_ray() -> None:
    root = ROOT
    done = subprocess.run([sys.executable, "-c", WITHOUT_RAY], cwd=root, capture_output=True, text=True, check=True)
    assert "Ray is not installed. Run: pip install 'cxr-warehouse[ray]'" in done.stdout


def test_an_engine_that_is_none() -> None:
    with pytest.raises(ConfigError, match="Known: local, ray"):
        list(map_batches(getattr, [1], engines.load("cxr"), processes=1, engine="spark"))
