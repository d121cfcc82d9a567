"""``cxr score`` of files."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.support.console import cxr, one_line
from tests.support.image_networks import add_network, draw


def test_score_file(tmp_path: Path) -> None:
    reports = "study_id,text\n1,FINDINGS: Left pleural effusion.\n2,INDICATION: Pleural effusion. FINDINGS: Clear.\n"
    (tmp_path / "reports.csv").write_text(reports)
    result = cxr("score", "reports", "--input", "reports.csv", "--output", "scores.csv", "--json", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    with (tmp_path / "scores.csv").open(newline="") as file:
        effused, clear = csv.DictReader(file)
    assert (effused["study_id"], clear["study_id"]) == ("1", "2")
    assert float(effused["Pleural Effusion"]) > 0.5 > float(clear["Pleural Effusion"])
    assert not (tmp_path / "warehouse.duckdb").exists()


def test_score_a_folder_of_images(tmp_path: Path) -> None:
    add_network(tmp_path / "cxr-zoo")
    draw(tmp_path / "images" / "a.png", 1)
    (tmp_path / "images" / "b.png").write_bytes(b"")
    command = ["score", "images", "--model", "tiny", "--input", "images", "--output", "scores.csv"]
    result = cxr(*command, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "warning: 1 could not be scored; b.png: the file is empty" in result.stderr
    with (tmp_path / "scores.csv").open(newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["image"], second["image"], second["Pneumonia"]) == ("a.png", "b.png", "")
    assert 0 <= float(first["Pneumonia"]) <= 1
    (tmp_path / "images" / "a.png").write_bytes(b"")
    assert cxr(*command, "--json", cwd=tmp_path).returncode == 1
    assert "there is no warehouse" in one_line(cxr("score", "images", "--model", "tiny", cwd=tmp_path))
