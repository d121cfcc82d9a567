"""The public data, loaded once for all tests that read it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from warehouse import sources
from warehouse.config import Settings
from warehouse.connection import read_only, writing
from warehouse.sources.base import public_data


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("CXR_WAREHOUSE", "CXR_THREADS", "CXR_PUBLIC_DATA", "CXR_PAGES", "CXR_MEMORY_LIMIT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CXR_CONFIG", str(tmp_path / "absent.toml"))


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give an empty warehouse, open for writing."""
    with writing(tmp_path / "warehouse.duckdb", Settings(threads=2)) as connection:
        yield connection


@pytest.fixture(scope="session")
def public_folder() -> Path:
    """Give the folder of the package that ships the public tables."""
    folder = public_data(Settings())
    if folder is None:
        pytest.skip("the package that ships the public tables is not installed")
    return folder


@pytest.fixture(scope="session")
def public_warehouse(public_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a warehouse with every public source in it."""
    path = tmp_path_factory.mktemp("public") / "warehouse.duckdb"
    settings = Settings(threads=2, public_data=public_folder)
    with writing(path, settings) as con:
        for source in sources.all_sources().values():
            if source.default_folder is not None:
                sources.load_source(con, source, None, settings)
    return path


@pytest.fixture
def public(public_warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give the public warehouse, open for reading."""
    with read_only(public_warehouse) as connection:
        yield connection
