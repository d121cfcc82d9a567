"""``cxr label`` of a file, and of a warehouse that is in use."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

from tests.support.console import cxr, one_line


def test_label_file(tmp_path: Path) -> None:
    (tmp_path / "reports.csv").write_text(
        'study_id,text\n7,"No effusion. Small left\npneumothorax."\n8,\n', encoding="utf-8"
    )
    result = cxr("label", "--input", "reports.csv", "--output", "labels.csv", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    with (tmp_path / "labels.csv").open(newline="", encoding="utf-8") as file:
        first, second = csv.DictReader(file)
    assert (first["study_id"], first["Pneumothorax"], first["Pleural Effusion"]) == ("7", "1.0", "0.0")
    assert set(second.values()) == {"8", ""}


def test_missing_column_is_named(tmp_path: Path) -> None:
    (tmp_path / "reports.csv").write_text("id,text\n1,clear\n", encoding="utf-8")
    assert "study_id" in one_line(cxr("label", "--input", "reports.csv", "--output", "labels.csv", cwd=tmp_path))
    assert not (tmp_path / "labels.csv").exists()


def test_a_locked_warehouse_is_one_line(openi: Path) -> None:
    hold = "import sys, duckdb; c = duckdb.connect('warehouse.duckdb'); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", hold], cwd=openi, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert "in use" in one_line(cxr("label", cwd=openi))
        holder.communicate("")
