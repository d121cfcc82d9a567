"""The zoo: what is committed is whole and described, and what is damaged does not run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from models.network import inference, manifest, registry
from models.network.tokens import encode
from models.training.coded_reports import target_sources
from warehouse import runs
from warehouse.errors import ConfigError, SourceError

FOLDERS = sorted(path.parent for path in registry.ZOO.glob("*/*/manifest.json"))


@pytest.fixture
def zoo(tmp_path: Path) -> Path:
    shutil.copytree(registry.find("report_findings"), tmp_path / "report_findings" / "1.0.0")
    return tmp_path


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: "-".join(folder.parts[-2:]))
def test_committed_networks(folder: Path):
    described = manifest.read(folder)
    assert (described.name, described.version) == folder.parts[-2:]
    assert runs.fingerprint(folder / manifest.WEIGHTS_FILE) == described.weights_sha
    assert (folder / manifest.CARD_FILE).read_text(encoding="utf-8") == manifest.card(described)
    assert sum(path.stat().st_size for path in folder.iterdir()) < 20e6
    assert described.max_difference_from_torch < 1e-4
    for path in folder.iterdir():
        content = path.read_bytes()
        assert not any(word in content for word in (b"/home/", b"/tmp/", b"/root/", b"site-packages"))


def test_the_report_network():
    described, network = registry.load("report_findings")
    assert described.findings == list(target_sources())
    assert described.training_data.selection == "The reports listed in openi_mesh14_dev.csv, no others."
    assert (described.input, described.training_data.licence) == ("report", "CC BY-NC-ND 4.0")
    assert sum(described.training_data.n_items.values()) > 2900
    texts = [
        "The heart is moderately enlarged. No pneumothorax. Mild cardiomegaly.",
        "The heart size is normal. The lungs are clear. No pneumothorax. No acute disease.",
    ]
    scores = inference.probabilities(network.run, encode(network.tokenizer, texts))
    found = [dict(zip(described.findings, row.tolist(), strict=True)) for row in scores]
    assert [row["cardiomegaly"] > 0.8 for row in found] == [row["cardiomegaly"] > 0.2 for row in found] == [True, False]
    assert [row["no_finding"] > 0.8 for row in found] == [row["no_finding"] > 0.2 for row in found] == [False, True]
    assert all(row["pneumothorax"] < 0.1 for row in found)


def test_the_report_network_reads_short_texts():
    described, network = registry.load("report_findings")
    texts = ["There is a large right pleural effusion.", "Pneumothorax.", "No pneumothorax."]
    scores = inference.probabilities(network.run, encode(network.tokenizer, texts))
    effusion, present, absent = (dict(zip(described.findings, row.tolist(), strict=True)) for row in scores)
    assert effusion["pleural_effusion"] > 0.8
    assert effusion["cardiomegaly"] < 0.2
    assert present["pneumothorax"] > absent["pneumothorax"] + 0.3


def test_scores_of_a_report_do_not_depend_on_its_company():
    _, network = registry.load("report_findings")
    texts = [f"{'No effusion. ' * (i % 40)} Small pneumothorax {'and edema ' * (i % 3)}" for i in range(150)]
    tokens = encode(network.tokenizer, texts)
    together = inference.probabilities(network.run, tokens)
    assert together.shape == (150, len(network.findings))
    assert together.dtype == np.float32
    for i in (0, 77, 149):
        np.testing.assert_array_equal(inference.probabilities(network.run, [tokens[i]])[0], together[i])
    assert inference.probabilities(network.run, []).size == 0


def test_newest_version_by_number(zoo: Path):
    for version in ("1.9.0", "1.10.0"):
        folder = shutil.copytree(zoo / "report_findings" / "1.0.0", zoo / "report_findings" / version)
        described = json.loads((folder / manifest.MANIFEST_FILE).read_text())
        (folder / manifest.MANIFEST_FILE).write_text(json.dumps(described | {"version": version}))
    listed = {described.name: described.version for described in registry.list_models(zoo)}
    assert listed["report_findings"] == "1.10.0"
    assert set(listed) == {folder.parent.name for folder in FOLDERS}
    assert registry.load("report_findings", zoo=zoo)[0].version == "1.10.0"
    assert registry.load("report_findings@1.9.0", zoo=zoo)[0].version == "1.9.0"


@pytest.mark.parametrize("model", ["other", "report_findings@2.0.0"])
def test_unknown_networks(model: str, zoo: Path):
    with pytest.raises(ConfigError, match=r"Known: report_findings@1\.0\.0"):
        registry.load(model, zoo=zoo)


def test_damaged_weights_do_not_run(zoo: Path):
    path = zoo / "report_findings" / "1.0.0" / manifest.WEIGHTS_FILE
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(SourceError, match="sha256 differs"):
        registry.load("report_findings", zoo=zoo)
    path.unlink()
    with pytest.raises(SourceError, match="sha256 differs"):
        registry.load("report_findings", zoo=zoo)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights_sha": "abc"}, "weights_sha"),
        ({"version": "one"}, "version"),
        ({"surprise": 1}, "surprise"),
        ({"findings": ["edema"]}, "findings in their order"),
        ({"findings": ["dragon"]}, "unknown findings dragon"),
        ({"findings": ["edema", "edema"]}, "listed twice"),
    ],
)
def test_invalid_manifests_name_the_field(zoo: Path, change: dict[str, object], message: str):
    path = zoo / "report_findings" / "1.0.0" / manifest.MANIFEST_FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(SourceError, match=message) as error:
        registry.load("report_findings", zoo=zoo)
    assert "\n" not in str(error.value)
