"""``cxr evaluate`` from files, and what it says when something is missing."""

from __future__ import annotations

import json

import pytest

from models.network import manifest, registry
from tests.support.console import cxr

SCORES = "image,Pleural Effusion\na.jpg,0.9\nb.jpg,0.6\nc.jpg,0.2\nd.jpg,0.1\n"
GOLD = "image,finding_labels,patient_id\na.jpg,Effusion,1\nb.jpg,No Finding,2\nc.jpg,Effusion|Mass,3\nd.jpg,Mass,4\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "scores.csv").write_text(SCORES, encoding="utf-8")
    (tmp_path / "gold.csv").write_text(GOLD, encoding="utf-8")
    return tmp_path


def test_two_files(folder):
    done = cxr("evaluate", "--scores", "scores.csv", "--gold", "gold.csv", "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    measured = json.loads(done.stdout)
    assert (measured["n_items"], measured["n_patients"]) == (4, 4)
    (effusion,) = measured["findings"]
    assert (effusion["finding"], effusion["auroc"], effusion["f1"]) == ("pleural_effusion", 0.75, 0.5)


def test_a_table_for_a_person(folder):
    done = cxr("evaluate", "--scores", "scores.csv", "--gold", "gold.csv", cwd=folder)
    assert "Pleural Effusion" in done.stdout
    assert "0.750" in done.stdout


def test_thresholds_of_a_network(folder):
    given = ("evaluate", "--scores", "scores.csv", "--gold", "gold.csv")
    done = cxr(*given, "--model", "report_findings", "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    (effusion,) = json.loads(done.stdout)["findings"]
    thresholds = manifest.read(registry.find("report_findings")).thresholds
    assert effusion["threshold"] == thresholds["pleural_effusion"] != 0.5
    assert "thresholds of report_findings" in " ".join(cxr(*given, "-m", "report_findings", cwd=folder).stdout.split())
    assert json.loads(cxr(*given, "--threshold", "0.1", "--json", cwd=folder).stdout)["findings"][0]["recall"] == 1


@pytest.mark.parametrize(
    "options",
    [
        ("--scores", "scores.csv", "--gold", "gold.csv", "--labeler", "openi_mesh"),
        ("--scores", "scores.csv", "--gold", "gold.csv", "--finding", "edema"),
        ("--scores", "scores.csv", "--gold", "gold.csv", "--model", "report_findings", "--threshold", "0.3"),
        ("--threshold", "0.3"),
    ],
)
def test_options_that_would_be_ignored_are_refused(folder, options):
    assert cxr("evaluate", *options, cwd=folder).returncode == 2


def test_what_is_missing_is_one_line(folder):
    done = cxr("evaluate", "--scores", "scores.csv", cwd=folder)
    assert done.returncode == 2
    done = cxr("evaluate", cwd=folder)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr
