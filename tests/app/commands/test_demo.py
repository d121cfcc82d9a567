"""``cxr demo`` as a newcomer meets it: once, then again; and the README's queries over what it made."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from app.commands.demo import QUERIES
from tests.support import ROOT
from tests.support.console import Command, commands, cxr, filled
from warehouse.connection import read_only
from warehouse.schema import RUN_TABLES

README = ROOT / "README.md"
PUBLISHED = {
    "raw.openi_report": 3955,
    "raw.chestxray14_image": 112120,
    "raw.chexpert_image": 223414,
    "raw.padchest_image": 160861,
}


@dataclass(frozen=True)
class Demo:
    folder: Path
    screen: str

    def counts(self) -> dict[str, int]:
        """Rows of every table."""
        with read_only(self.folder / "warehouse.duckdb") as con:
            names = con.sql("select schema_name || '.' || table_name from duckdb_tables() order by 1").fetchall()
            return {name: con.sql(f"select count(*) from {name}").fetchall()[0][0] for (name,) in names}

    def runs(self) -> list[tuple[object, ...]]:
        """Every run with the time of its end: what was done again would have a later one."""
        union = " union all ".join(f"select run_id, status, finished_at from {table}" for table in RUN_TABLES)
        with read_only(self.folder / "warehouse.duckdb") as con:
            return con.sql(f"{union} order by all").fetchall()


def run(folder: Path) -> Demo:
    done = cxr("demo", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return Demo(folder, done.stdout)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return run(tmp_path_factory.mktemp("demo"))


def test_the_screen_says_what_there_is(demo: Demo) -> None:
    assert re.search(r"raw\.openi_report\s+3,955", demo.screen)
    assert "Macro F1 against openi_chexpert14_dev" in demo.screen
    assert "cxr-pages/report.html" in demo.screen
    assert (demo.folder / "cxr-pages" / "report.html").stat().st_size > 0
    assert (demo.folder / "cxr-pages" / "data_docs" / "index.html").exists()
    assert all(f'cxr sql "{query}"' in demo.screen for query in QUERIES.values())


def test_published_counts(demo: Demo) -> None:
    counts = demo.counts()
    assert {name: counts[name] for name in PUBLISHED} == PUBLISHED


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())
def test_queries_to_try_find_something(demo: Demo, query: str) -> None:
    found = cxr("sql", query, "--format", "csv", cwd=demo.folder)
    assert found.returncode == 0, found.stderr
    assert len(found.stdout.splitlines()) > 1


def test_a_second_run_finds_its_work_done(demo: Demo) -> None:
    before, runs = demo.counts(), demo.runs()
    run(demo.folder)
    assert demo.counts() == before
    assert demo.runs() == runs


def test_a_renamed_warehouse_works(demo: Demo, tmp_path: Path) -> None:
    renamed = tmp_path / "renamed.duckdb"
    renamed.hardlink_to(demo.folder / "warehouse.duckdb")
    with duckdb.connect(str(renamed), read_only=True) as con:
        assert con.sql("select count(*) from staging.stg_openi__report").fetchone() == (3955,)


QUERY_BLOCKS = [command for command in commands(README) if command.text.startswith("cxr sql")]


@pytest.mark.parametrize("command", QUERY_BLOCKS, ids=lambda command: command.text[:60])
def test_readme_shows_what_comes_out(demo: Demo, command: Command) -> None:
    found = cxr(*shlex.split(command.text)[1:], cwd=demo.folder)
    assert found.returncode == 0, found.stderr
    assert filled(found.stdout) == filled(command.output)


def test_readme_has_five_queries() -> None:
    assert len(QUERY_BLOCKS) == 5
