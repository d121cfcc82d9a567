"""The spool: what is there is whole, what is missing is done, storing twice changes nothing."""

from __future__ import annotations

import itertools

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.network import registry
from models.scoring import engine, spool, store
from warehouse import schema
from warehouse.errors import LockedError

ITEMS = pa.schema([("item_id", pa.string())])
RESULTS = pa.schema(
    [
        ("dataset", pa.string()), ("item_id", pa.string()), ("split", pa.string()), ("text_hash", pa.int64()),
        ("code", pa.string()), ("message", pa.string()), ("probabilities", pa.list_(pa.float32())),
        ("embedding", pa.list_(pa.float32())),
    ]
)  # fmt: skip


def table(*ids: str) -> pa.Table:
    return pa.table({"item_id": list(ids)}, ITEMS)


@settings(deadline=None)
@given(st.lists(st.integers(1, 5), max_size=8), st.sets(st.integers(0, 7)))
def test_what_has_no_shard_is_unscored(tmp_path_factory, sizes, done):
    folder = tmp_path_factory.mktemp("spool")
    counter = itertools.count()
    parts = [table(*(str(next(counter)) for _ in range(size))) for size in sizes]
    assert spool.write_items(folder, ITEMS, parts) == sum(sizes)
    done = {number for number in done if number < len(parts)}
    for number in done:
        spool.write_shard(folder, number, parts[number])
    assert dict(spool.unscored(folder)) == {number: part for number, part in enumerate(parts) if number not in done}
    assert spool.count(spool.shards(folder)) == sum(sizes[number] for number in done)


def test_one_process_at_a_time_and_nothing_left_behind(tmp_path):
    folder = tmp_path / "a" / "spool"
    with spool.opened(folder):
        (folder / "shard-00000000.parquet.partial").write_text("of a killed process")
        with pytest.raises(LockedError), spool.opened(folder):
            pass
    assert not folder.exists()
    with spool.opened(folder):
        spool.write_shard(folder, 0, table("a"))
        (folder / "x.partial").touch()
    with spool.opened(folder):
        assert [path.name for path in spool.shards(folder)] == ["shard-00000000.parquet"]
        assert not (folder / "x.partial").exists()


def test_a_damaged_shard_is_no_shard(tmp_path):
    spool.write_shard(tmp_path, 0, table("a"))
    (path,) = spool.shards(tmp_path)
    path.write_bytes(path.read_bytes()[:50])
    assert spool.read_shard(path) is None


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_storing_shards_in_any_order_any_number_of_times(data):
    """Each item once, whatever overlaps."""
    manifest, _ = registry.load("report_findings")
    con = duckdb.connect()
    schema.create_all(con)
    rows = {
        name: {
            "dataset": "d", "item_id": name, "split": None, "text_hash": 1,
            "code": None if i % 3 else "empty_text", "message": None if i % 3 else "no text",
            "probabilities": [i / 10] * len(manifest.findings) if i % 3 else None,
            "embedding": [float(i), 1.0] if i % 3 else None,
        }
        for i, name in enumerate("abcdefgh")
    }  # fmt: skip
    shards = data.draw(st.lists(st.sets(st.sampled_from(sorted(rows)), min_size=1), max_size=6))
    for names in shards:
        shard = pa.Table.from_pylist([rows[name] for name in sorted(names)], RESULTS)
        store.store_shard(con, store.REPORT, manifest, "run", shard)
    there = sorted(set().union(*shards))
    good = [name for name in there if rows[name]["code"] is None]
    assert con.sql("select study_id from score.scored_report order by 1").fetchall() == [(name,) for name in there]
    assert con.sql("select count(*), count(distinct (study_id, finding)) from score.report_score").fetchone() == (
        (len(good) * len(manifest.findings),) * 2
    )
    assert con.sql("select item_id from score.embedding order by 1").fetchall() == [(name,) for name in good]
    assert con.sql("select count(*) from score.failure").fetchone() == (len(there) - len(good),)


@given(st.lists(st.sampled_from([None, "file"]), max_size=40), st.integers(1, 5))
def test_pieces_hold_so_many_inputs_that_are_there(inputs: list[str | None], size: int) -> None:
    pieces = list(engine._cut(inputs, size))
    assert [item for piece in pieces for item in piece] == inputs
    counts = [sum(item is not None for item in piece) for piece in pieces]
    assert all(count == size for count in counts[:-1])
    assert all(count <= size for count in counts[-1:])
