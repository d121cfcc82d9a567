"""A file or folder is whole or as it was before, whatever happens while it is written."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT
from warehouse.errors import ConfigError, SourceError
from warehouse.files import new_folder, replacing, replacing_text, require_other_file

KILLED = """
import os, signal, sys
from pathlib import Path
from warehouse.files import replacing
with replacing(Path(sys.argv[1])) as partial:
    partial.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def write_half(path: Path) -> None:
    path.write_text("half")
    raise KeyError


def test_a_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    with pytest.raises(KeyError), replacing(target) as partial:
        write_half(partial)
    assert list(tmp_path.iterdir()) == []
    for text in ("whole", "another"):
        with replacing(target) as partial:
            partial.write_text(text)
        assert [path.read_text() for path in tmp_path.iterdir()] == [text]


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    target.write_text("from before")
    with pytest.raises(ZeroDivisionError), replacing(target) as partial:
        partial.write_text(f"{1 / 0}")
    with pytest.raises(FileNotFoundError), replacing(target):
        pass  # nothing was written
    assert [path.read_text() for path in tmp_path.iterdir()] == ["from before"]


def test_a_kill_leaves_what_was_there_and_the_next_call_writes_it(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    target.write_text("from before")
    done = subprocess.run([sys.executable, "-c", KILLED, str(target)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert target.read_text() == "from before"
    with replacing(target) as partial:
        partial.write_text("whole")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["whole"]


@pytest.mark.parametrize("name", ["out.csv", "out.csv.gz"])
def test_text(tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    with pytest.raises(KeyError), replacing_text(target) as out:
        out.write({}["half"])
    assert list(tmp_path.iterdir()) == []
    with replacing_text(target) as out:
        out.write("whol\u00e9\n")
    content = target.read_bytes()
    assert (gzip.decompress(content) if name.endswith(".gz") else content) == "whol\u00e9\n".encode()
    with pytest.raises(SourceError, match="cannot be written"), replacing_text(tmp_path / "absent" / name):
        pass


def test_a_target_is_another_file_than_the_source(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.touch()
    os.link(source, tmp_path / "same.csv")
    require_other_file(source, tmp_path / "other.csv")
    for target, message in ((source, "itself"), (tmp_path / "same.csv", "itself"), (tmp_path, "is a folder")):
        with pytest.raises(SourceError, match=message):
            require_other_file(source, target)


def test_a_folder_appears_when_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "out"
    (tmp_path / "out.partial").mkdir()
    (tmp_path / "out.partial" / "of-a-killed-run").touch()
    with pytest.raises(KeyError), new_folder(target) as folder:
        write_half(folder / "half")
    assert list(tmp_path.iterdir()) == []
    target.mkdir()  # an empty one may be filled
    with new_folder(target) as folder:
        (folder / "whole").touch()
    assert [path.name for path in target.iterdir()] == ["whole"]
    with pytest.raises(ConfigError, match="is there already"), new_folder(target):
        pass
    with pytest.raises(ConfigError, match="cannot be written"), new_folder(tmp_path / "absent" / "out"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("before")
    link.symlink_to(real)
    with replacing_text(link) as out:
        out.write("after")
    assert (link.is_symlink(), real.read_text()) == (True, "after")


def test_a_device_is_written_and_not_replaced() -> None:
    with replacing_text(Path("/dev/null")) as out:
        out.write("gone")
    assert Path("/dev/null").is_char_device()
