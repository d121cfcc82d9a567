import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from warehouse.connection import read_only, untrusted, writing
from warehouse.errors import LockedError, WarehouseError

HOLD = """
import sys
from pathlib import Path
from warehouse.connection import writing
with writing(Path(sys.argv[1])) as con:
    print("open", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    with writing(path):
        pass
    return path


def test_a_file_that_another_process_writes_is_locked(path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(LockedError, match=r"in use by another process.*try again"), writing(path):
            pass
        with pytest.raises(LockedError), read_only(path):
            pass
    finally:
        holder.communicate("")
    with writing(path):
        pass


def test_readers_share_the_file(path: Path) -> None:
    with read_only(path) as one, read_only(path) as other:
        assert one.sql("select count(*) from raw.openi_report").fetchone() == (0,)
        assert other.sql("select count(*) from raw.openi_report").fetchone() == (0,)
        with pytest.raises(duckdb.Error):
            one.execute("delete from raw.openi_report")


def test_untrusted_queries_reach_nothing_outside(path: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    queries = [
        f"select * from read_csv('{secret}')",
        f"select * from '{secret}'",
        f"copy (select 1) to '{tmp_path / 'out.csv'}'",
        f"attach '{tmp_path / 'other.duckdb'}'",
        "install httpfs",
        "set enable_external_access = true",
        "create table raw.new (i int)",
    ]
    with untrusted(path) as con:
        assert con.sql("select 1").fetchone() == (1,)
        for query in queries:
            with pytest.raises(duckdb.Error):
                con.execute(query)
    assert not (tmp_path / "out.csv").exists()


def test_a_new_file_is_removed_when_the_work_fails(tmp_path: Path, path: Path) -> None:
    new = tmp_path / "new.duckdb"
    with pytest.raises(ZeroDivisionError), writing(new):
        raise ZeroDivisionError
    assert not new.exists()
    with pytest.raises(ZeroDivisionError), writing(path):
        raise ZeroDivisionError
    assert path.exists()


def test_paths_that_are_no_warehouse(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="no warehouse here"), read_only(tmp_path / "absent.duckdb"):
        pass
    text = tmp_path / "text.duckdb"
    text.write_text("this is not a database, whatever its name says" * 500)
    with pytest.raises(WarehouseError), writing(text):
        pass
    with pytest.raises(WarehouseError), writing(tmp_path / "no folder" / "x.duckdb"):
        pass
