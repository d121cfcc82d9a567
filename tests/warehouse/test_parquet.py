"""The warehouse as Parquet and back: the same rows and types in every table."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse import schema
from warehouse.connection import read_only, writing
from warehouse.errors import ConfigError, SourceError, WarehouseError
from warehouse.parquet import export_parquet, load_parquet

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "VARCHAR": TEXT,
    "SMALLINT": st.integers(-(2**15), 2**15 - 1),
    "INTEGER": st.integers(-(2**31), 2**31 - 1),
    "BIGINT": st.integers(-(2**63), 2**63 - 1),
    "DOUBLE": st.floats(),
    "BOOLEAN": st.booleans(),
    "DATE": st.dates(date(1, 1, 1)),
    "TIMESTAMP": st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)),  # noqa: DTZ001 - the type has no zone
    "TIMESTAMP WITH TIME ZONE": st.datetimes(
        datetime(1, 1, 2),  # noqa: DTZ001 - hypothesis adds the zone
        datetime(9999, 12, 30),  # noqa: DTZ001
        timezones=st.just(UTC),
    ),
    "JSON": st.recursive(st.none() | st.booleans() | st.integers(-9, 9) | TEXT, st.lists, max_leaves=4).map(json.dumps),
    "VARCHAR[]": st.lists(st.none() | TEXT, max_size=3),
    "DOUBLE[]": st.lists(st.none() | st.floats(), max_size=3),
    "FLOAT[]": st.lists(st.none() | st.floats(width=32), max_size=3),
}
ARROW = {
    "VARCHAR": pa.string(), "SMALLINT": pa.int16(), "INTEGER": pa.int32(), "BIGINT": pa.int64(), "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(), "DATE": pa.date32(), "TIMESTAMP": pa.timestamp("us"),
    "TIMESTAMP WITH TIME ZONE": pa.timestamp("us", "UTC"), "JSON": pa.string(), "VARCHAR[]": pa.list_(pa.string()),
    "DOUBLE[]": pa.list_(pa.float64()), "FLOAT[]": pa.list_(pa.float32()),
}  # fmt: skip


POOLS = st.fixed_dictionaries({kind: st.lists(values, min_size=1, max_size=4) for kind, values in VALUES.items()})


def rows_of(pools: dict[str, list[Any]], table: type[schema.Table], n: int) -> list[dict[str, Any]]:
    """Return rows of a table, its columns filled in turn from the values drawn for their types, some null."""
    columns = list(enumerate(schema.sql_table(table).columns))
    types = schema.column_types(table)
    return [
        {
            c.name: None
            if c.nullable and (i + j) % 3 == 0
            else pools[types[c.name]][(i + j) % len(pools[types[c.name]])]
            for j, c in columns
        }
        for i in range(n)
    ]


def fill(con: duckdb.DuckDBPyConnection, rows: dict[type[schema.Table], list[dict[str, Any]]]) -> None:
    con.begin()
    for table, some in rows.items():
        types = schema.column_types(table)
        if some:
            fields = pa.schema([(name, ARROW[kind]) for name, kind in types.items()])
            schema.append(con, table, pa.Table.from_pylist(some, fields))
    con.commit()


def contents(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[object, ...]]:
    return {
        name: (
            con.sql(f"from {name}").columns,
            con.sql(f"from {name}").types,
            repr(con.sql(f"from {name} order by all").fetchall()),
        )
        for name in map(schema.qualified, schema.tables())
    }


ROWS: dict[type[schema.Table], list[dict[str, Any]]] = {
    schema.loads.LoadFile: [{"run_id": "r", "file": "f", "bytes": 1, "sha256": "0"}],
    schema.nlp.LabeledReport: [
        {"run_id": "r", "dataset": dataset, "study_id": str(i), "text_hash": i}
        for dataset in ("openi", "mimic_cxr")
        for i in range(3)
    ],
}


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with writing(tmp_path / "filled.duckdb") as con:
        fill(con, ROWS)
        yield con


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(pools=POOLS, n=st.integers(0, 3))
def test_every_table_comes_back(tmp_path_factory: pytest.TempPathFactory, pools: dict[str, list[Any]], n: int) -> None:
    rows = {table: rows_of(pools, table, n) for table in schema.tables()}
    folder = tmp_path_factory.mktemp("round-trip")
    with writing(folder / "one.duckdb") as one, writing(folder / "other.duckdb") as other:
        fill(one, rows)
        exported = export_parquet(one, folder / "export")
        assert exported.rows == {schema.qualified(table): len(some) for table, some in rows.items() if some}
        if exported.rows:
            assert load_parquet(other, folder / "export").status == "loaded"
            assert load_parquet(other, folder / "export").status == "unchanged"
        assert contents(one) == contents(other)


def test_files_say_what_they_hold(filled: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    done = export_parquet(filled, tmp_path / "export")
    assert done.n_files == 3
    manifest = json.loads((tmp_path / "export/manifest.json").read_text())
    described = {table["name"]: table for table in manifest["tables"]}
    assert set(described) == {schema.qualified(table) for table in schema.tables()}
    paths = [file["path"] for file in described["nlp.labeled_report"]["files"]]
    assert [path.rpartition("/")[0] for path in paths] == [
        "nlp/labeled_report/dataset=mimic_cxr",
        "nlp/labeled_report/dataset=openi",
    ]
    file = pq.ParquetFile(tmp_path / "export" / paths[0])
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    assert file.schema_arrow.names == list(schema.column_types(schema.nlp.LabeledReport))
    said = json.loads(file.metadata.metadata[b"cxr"])
    assert said["comment"] == " ".join((schema.nlp.LabeledReport.__doc__ or "").split())
    assert said["grain"] == schema.grain(schema.nlp.LabeledReport)
    assert all(column["comment"] and column["type"] for column in said["columns"])
    assert said["product_version"] == manifest["product_version"]


def test_an_export_is_whole_or_not_there(filled: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    def fail(step: str, done: int, total: int) -> None:
        if done == total - 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_parquet(filled, tmp_path / "export", fail)
    assert sorted(path.name for path in tmp_path.iterdir() if "duckdb" not in path.name) == []
    export_parquet(filled, tmp_path / "export")
    with pytest.raises(ConfigError, match="is there already"):
        export_parquet(filled, tmp_path / "export")


def test_other_rows_are_not_mixed(
    con: duckdb.DuckDBPyConnection, filled: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    export_parquet(filled, tmp_path / "export")
    fill(con, {schema.loads.LoadFile: [{"run_id": "r", "file": "other", "bytes": 1, "sha256": "0"}]})
    before = contents(con)
    with pytest.raises(WarehouseError, match=r"holds rows already \(raw.load_file\).*--warehouse"):
        load_parquet(con, tmp_path / "export")
    assert contents(con) == before


def test_a_damaged_export_restores_nothing(
    con: duckdb.DuckDBPyConnection, filled: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    export_parquet(filled, tmp_path / "export")
    path = next((tmp_path / "export/raw/load_file").iterdir())
    whole, before = path.read_bytes(), contents(con)
    path.write_bytes(whole[:-5] + b"x" + whole[-4:])
    with pytest.raises(SourceError, match="differs from its hash"):
        load_parquet(con, tmp_path / "export")
    path.unlink()
    with pytest.raises(SourceError, match="is not there"):
        load_parquet(con, tmp_path / "export")
    (tmp_path / "export/manifest.json").write_text("{}")
    with pytest.raises(SourceError, match="is not the manifest of an export"):
        load_parquet(con, tmp_path / "export")
    with pytest.raises(SourceError, match=r"manifest.json is not there"):
        load_parquet(con, tmp_path)
    assert contents(con) == before


def test_columns_of_another_version(
    con: duckdb.DuckDBPyConnection, filled: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """An export of an earlier version lacks a column; one of a later version has one more, and a table."""
    filled.execute("alter table raw.load_run drop column n_rejected")
    filled.execute(
        "insert into raw.load_run by name select 'r' as run_id, 's' as source, '0' as product_version,"
        " 'complete' as status, now() as started_at"
    )
    export_parquet(filled, tmp_path / "export")
    path = tmp_path / "export/manifest.json"
    manifest = json.loads(path.read_text())
    described = {table["name"]: table for table in manifest["tables"]}
    described["raw.load_file"]["columns"].append({"name": "colour", "type": "VARCHAR", "comment": "of later"})
    manifest["tables"].append(described["raw.load_file"] | {"name": "raw.later"})
    path.write_text(json.dumps(manifest))
    done = load_parquet(con, tmp_path / "export")
    assert done.left_out == ["raw.later", "raw.load_file.colour"]
    assert con.sql("select run_id, n_rejected from raw.load_run").fetchall() == [("r", None)]
    manifest["format"] = 99
    path.write_text(json.dumps(manifest))
    with pytest.raises(SourceError, match="is of format 99"):
        load_parquet(con, tmp_path / "export")


KILLED = """
import sys, time
from pathlib import Path
from warehouse.connection import writing
from warehouse.parquet import load_parquet

def wait_half_way(step, done, total):
    if step == "restore tables" and done == 1:
        print("half-way", flush=True)
        time.sleep(60)

with writing(Path(sys.argv[1])) as con:
    load_parquet(con, Path(sys.argv[2]), wait_half_way)
"""


def test_a_killed_restoration_is_completed(filled: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    export_parquet(filled, tmp_path / "export")
    path = tmp_path / "killed.duckdb"
    loading = subprocess.Popen(
        [sys.executable, "-c", KILLED, path, tmp_path / "export"], stdout=subprocess.PIPE, text=True
    )
    assert loading.stdout is not None
    assert loading.stdout.readline() == "half-way\n"
    loading.send_signal(signal.SIGKILL)
    loading.wait()
    with writing(path) as con:
        assert load_parquet(con, tmp_path / "export").status == "loaded"
    with read_only(path) as con:
        assert contents(con) == contents(filled)
