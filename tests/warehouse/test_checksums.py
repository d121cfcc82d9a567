"""Files against the hashes that a release publishes."""

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from warehouse import checksums, sources
from warehouse.checksums import verify_release
from warehouse.connection import read_only, writing
from warehouse.errors import SourceError

FILES = {
    "cxr-study-list.csv.gz": b"list",
    "README": b"read me",
    "files/p10/p1/s1/a-b.jpg": b"one image",
    "files/p10/p1/s1/c-d.jpg": b"another image",
    "files/p10/p1/s1.txt": b"report",
}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def release(tmp_path: Path) -> Path:
    folder = tmp_path / "release"
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    listed = FILES | {"files/p10/p1/s2.txt": b"not here", "files/p10/p1/s1/a.dcm": b"nor this"}
    marks = ["  ", " *", "  ./"]
    lines = [f"{sha256(content)}{marks[i % 3]}{name}" for i, (name, content) in enumerate(listed.items())]
    (folder / "SHA256SUMS.txt").write_text("\n".join(lines) + "\n")
    (folder / "notes.md").write_text("my own")
    (folder / "index.html").write_text("left by wget")
    return folder


def rows(con: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return con.sql("select * exclude verified_at from raw.file_checksum order by all").fetchall()


def test_every_file_has_one_of_four_states(con: duckdb.DuckDBPyConnection, release: Path) -> None:
    (release / "files/p10/p1/s1/a-b.jpg").write_bytes(b"one imagE")
    found = verify_release(con, "x", release, threads=2)
    assert found.n_hashed == len(FILES)
    assert found.differing == ["files/p10/p1/s1/a-b.jpg"]
    assert found.counts == {
        "differs": {".jpg": 1},
        "match": {".jpg": 1, ".txt": 1, "README": 1, "cxr-study-list.csv.gz": 1},
        "missing": {".dcm": 1, ".txt": 1},
        "unlisted": {"notes.md": 1},
    }
    published, ours = con.sql(
        "select sha256_published, sha256 from raw.file_checksum where status = 'differs'"
    ).fetchall()[0]
    assert (published, ours) == (sha256(b"one image"), sha256(b"one imagE"))


def test_only_what_is_new_or_changed_is_hashed_again(con: duckdb.DuckDBPyConnection, release: Path) -> None:
    changed = release / "files/p10/p1/s1/a-b.jpg"
    changed.write_bytes(b"one imagE")
    assert verify_release(con, "x", release).n_hashed == len(FILES)
    before = con.sql("from raw.file_checksum order by all").fetchall()
    again = verify_release(con, "x", release)
    assert (again.n_hashed, again.differing) == (0, ["files/p10/p1/s1/a-b.jpg"])
    assert con.sql("from raw.file_checksum order by all").fetchall() == before
    changed.write_bytes(FILES["files/p10/p1/s1/a-b.jpg"])
    os.utime(changed, ns=(1, 1))
    (release / "files/p10/p1/s2.txt").write_bytes(b"not here")
    repaired = verify_release(con, "x", release)
    assert (repaired.n_hashed, repaired.differing, repaired.counts["missing"]) == (2, [], {".dcm": 1})
    (release / "README").unlink()
    assert verify_release(con, "x", release).counts["missing"] == {".dcm": 1, "README": 1}


def test_what_the_load_has_hashed_is_not_hashed_again(con: duckdb.DuckDBPyConnection, release: Path) -> None:
    content = b"subject_id,study_id,path\n10000001,50000001,files/p10/p10000001/s50000001.txt\n"
    (release / "cxr-study-list.csv.gz").unlink()
    (release / "cxr-study-list.csv").write_bytes(content)
    with (release / "SHA256SUMS.txt").open("a") as sums:
        sums.write(f"{sha256(content)}  cxr-study-list.csv\n")
    loaded = sources.load_source(con, sources.get("mimic-cxr"), release)
    found = verify_release(con, "mimic-cxr", release, loaded.fingerprints)
    assert found.n_hashed == len(FILES) - 1
    assert found.counts["match"]["cxr-study-list.csv"] == 1


def test_a_file_that_cannot_be_read_is_named_and_tried_again(con: duckdb.DuckDBPyConnection, release: Path) -> None:
    def fail(path: Path) -> None:
        del path

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checksums, "_sha256", fail)
        found = verify_release(con, "x", release)
    assert len(found.differing) == len(FILES)
    assert found.counts["unreadable"][".jpg"] == 2
    assert verify_release(con, "x", release).differing == []


def test_linked_folders_are_followed_once(con: duckdb.DuckDBPyConnection, release: Path, tmp_path: Path) -> None:
    (release / "files").rename(tmp_path / "large-disk")
    (release / "files").symlink_to(tmp_path / "large-disk")
    (tmp_path / "large-disk" / "p10" / "loop").symlink_to(release)
    assert verify_release(con, "x", release).counts["match"][".jpg"] == 2


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "SHA256SUMS.txt is not there"), ("no hash\n", "SHA256SUMS.txt: line 1 is not a hash and a path")],
)
def test_no_list_of_hashes(con: duckdb.DuckDBPyConnection, release: Path, content: str | None, says: str) -> None:
    (release / "SHA256SUMS.txt").unlink()
    if content is not None:
        (release / "SHA256SUMS.txt").write_text(content)
    with pytest.raises(SourceError, match=says):
        verify_release(con, "x", release)


KILLED = """
import sys, time
from pathlib import Path
from warehouse import checksums
from warehouse.connection import writing

checksums._COMMIT_BYTES = 1

def wait_half_way(step, done, total):
    if done == 3:
        print("half-way", flush=True)
        time.sleep(60)

with writing(Path(sys.argv[1])) as con:
    checksums.verify_release(con, "x", Path(sys.argv[2]), progress=wait_half_way)
"""


def test_a_killed_verification_is_taken_up(release: Path, tmp_path: Path) -> None:
    killed, undisturbed = tmp_path / "killed.duckdb", tmp_path / "undisturbed.duckdb"
    verifying = subprocess.Popen([sys.executable, "-c", KILLED, killed, release], stdout=subprocess.PIPE, text=True)
    assert verifying.stdout is not None
    assert verifying.stdout.readline() == "half-way\n"
    verifying.send_signal(signal.SIGKILL)
    verifying.wait()
    with writing(killed) as con:
        assert verify_release(con, "x", release).n_hashed == len(FILES) - 3
    with writing(undisturbed) as con:
        verify_release(con, "x", release)
    with read_only(killed) as one, read_only(undisturbed) as other:
        assert rows(one) == rows(other)
