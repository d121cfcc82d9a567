"""The cells of a grid: measured once, and anew where their file, their key or their work will not do."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from models.training.studies.cells import CELLS, measure_cells, write_json


@dataclass(frozen=True)
class Cell:
    name: str


class Study:
    """Counts how often each cell is measured."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.measured, self.gone = folder, list[str](), set[str]()

    def run(self, key: int = 0) -> list[str]:
        """Return the cells that this run measured."""
        before = len(self.measured)
        cells = [Cell("a"), Cell("b")]
        done = measure_cells(
            cells, self.folder, lambda _: key, self.measure, None, lambda cell: cell.name not in self.gone
        )
        assert [cell["figure"] for cell in done] == ["a", "b"]
        return self.measured[before:]

    def is_there(self, cell: Cell) -> bool:
        return cell.name not in self.gone

    def measure(self, cell: Cell) -> dict[str, str]:
        self.measured.append(cell.name)
        return {"figure": cell.name}


def test_what_is_measured_anew(tmp_path: Path) -> None:
    study = Study(tmp_path)
    assert study.run() == ["a", "b"]
    assert study.run() == []
    study.gone = {"b"}
    assert study.run() == ["b"]
    study.gone = set()
    assert study.run(key=1) == ["a", "b"]


@pytest.mark.parametrize("content", ["", '{"key": "x', "[1]", "{}", "\ufffd"])
def test_a_damaged_file_is_made_again(content: str, tmp_path: Path) -> None:
    study = Study(tmp_path)
    study.run()
    (tmp_path / CELLS / "a.json").write_text(content, encoding="utf-8")
    assert study.run() == ["a"]
    assert study.run() == []


def test_a_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "cell.json"
    write_json(path, {"figure": 1})
    with pytest.raises(TypeError):
        write_json(path, {"figure": object()})
    assert json.loads(path.read_text()) == {"figure": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["cell.json"]
