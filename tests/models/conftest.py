"""A warehouse of made-up reports, and a network trained on it in seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest

from models import train
from nlp import engines
from nlp.batch import label_warehouse
from warehouse.config import Settings
from warehouse.connection import read_only, writing

PRESENT = {
    "cardiomegaly": "The heart is enlarged.",
    "pleural_effusion": "There is a small left pleural effusion.",
    "pneumothorax": "Large right apical pneumothorax.",
    "atelectasis": "Bibasilar atelectasis is present.",
}
ABSENT = {
    "cardiomegaly": "The heart is normal in size.",
    "pleural_effusion": "No pleural effusion.",
    "pneumothorax": "There is no pneumothorax.",
    "atelectasis": "Lungs are clear without atelectasis.",
}


def is_present(i: int) -> dict[str, bool]:
    drawn = np.random.default_rng(i).random(len(PRESENT)) < 0.3
    return dict(zip(PRESENT, drawn.tolist(), strict=True))


def findings_of(i: int) -> str:
    return " ".join((PRESENT if value else ABSENT)[finding] for finding, value in is_present(i).items())


def insert(con: duckdb.DuckDBPyConnection, n_reports: int) -> None:
    """Insert Open-I reports of which every second has an impression, with a coding of their findings."""
    rows = [
        (f"CXR{i}", f"p{i}", "Rule out pneumonia.", findings_of(i), "Possible edema." if i % 2 else None)
        for i in range(n_reports)
    ]
    con.executemany(
        "insert into raw.openi_report (run_id, source_file, uid, pmc_id, indication, findings, impression)"
        " values ('r', 'f', ?, ?, ?, ?, ?)",
        rows,
    )
    con.execute(
        "insert into annotation.labeled_study by name select 'r' as run_id, 'openi' as dataset, uid as study_id,"
        " 'openi_mesh' as annotator from raw.openi_report"
    )
    coded = [(f"CXR{i}", finding) for i in range(n_reports) for finding, value in is_present(i).items() if value]
    con.executemany("insert into annotation.label values ('r', 'openi', ?, 'openi_mesh', ?, 1)", coded)


@pytest.fixture
def fill() -> Callable[[duckdb.DuckDBPyConnection, int], None]:
    """Return the function that inserts reports."""
    return insert


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(warehouse=tmp_path / "warehouse.duckdb", threads=1)


@pytest.fixture
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Sixty reports, not labeled."""
    with writing(settings.warehouse, settings) as con:
        insert(con, 60)
        yield con


@pytest.fixture(scope="session")
def labeled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse of 300 reports, labeled."""
    path = tmp_path_factory.mktemp("labeled") / "warehouse.duckdb"
    settings = Settings(warehouse=path, threads=1)
    with writing(path, settings) as con:
        insert(con, 300)
        label_warehouse(con, engines.load("cxr"), settings=settings)
    return path


@pytest.fixture(scope="session")
def trained(labeled: Path, tmp_path_factory: pytest.TempPathFactory) -> train.TrainResult:
    """A network of a few epochs in a zoo of its own."""
    with read_only(labeled) as con:
        return train.train(con, Settings(threads=1), output=tmp_path_factory.mktemp("zoo"), epochs=4)
