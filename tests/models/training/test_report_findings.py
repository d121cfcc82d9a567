"""From a warehouse to the zoo: a network is trained, exported, described and runs without torch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from models.evaluation import measures
from models.network import inference, manifest, registry
from models.network.tokens import build_tokenizer, encode
from models.training import coded_reports, coded_sentences, onnx_export, report_findings
from models.training.fit_ensemble import fit, predict
from models.training.fit_reports import COMPACT
from models.training.nets import torch
from models.training.nets.report_network import Ensemble, ReportNet
from models.training.report_recipes import read_recipe
from tests.support import ROOT
from warehouse.connection import read_only
from warehouse.errors import ConfigError, WarehouseError


@pytest.fixture(scope="module")
def reports(labeled):
    with read_only(labeled) as con:
        return coded_reports.read_reports(con)


def test_a_zoo_folder(trained):
    assert trained.folder.parent.name == "report_findings"
    assert sorted(path.name for path in trained.folder.iterdir()) == ["MODEL_CARD.md", "manifest.json", "model.onnx"]
    version = read_recipe("report_findings").version
    assert sorted(path.name for path in trained.folder.parent.iterdir()) == [version]
    written, network = registry.load("report_findings", zoo=trained.folder.parents[1])
    data = written.training_data
    assert data.n_items == trained.n_items
    assert list(data.n_items) == ["train", "validation", "test"]
    assert sum(data.n_items.values()) == 300
    assert written.training.recipe["command"] == "cxr train reports report_findings --seed 0 --epochs 4"
    assert data.licence == "CC BY-NC-ND 4.0"
    assert len(data.lexicon_sha) == 64
    assert network.provider == "CPUExecutionProvider"


def test_it_has_learned(trained):
    metrics = manifest.read(trained.folder).metrics
    assert metrics["pneumothorax"].auroc > 0.9
    assert metrics["pneumothorax"].n_items == trained.n_items["test"]
    assert metrics["hernia"].auroc is metrics["hernia"].auprc is None
    assert metrics["hernia"].n_positive == 0


def test_metrics_are_those_of_the_exported_network(trained, reports):
    written, network = registry.load("report_findings", zoo=trained.folder.parents[1])
    test = reports.of_split("test")
    scores = inference.probabilities(network.run, encode(network.tokenizer, test.texts))
    column = written.findings.index("atelectasis")
    expected = measures.auroc(test.targets[:, column], scores[:, column])
    assert written.metrics["atelectasis"].auroc == pytest.approx(expected)


def test_the_onnx_file_is_self_contained(trained):
    written, path = manifest.read(trained.folder), trained.folder / manifest.WEIGHTS_FILE
    model = onnx.load(str(path), load_external_data=False)
    assert not any(tensor.external_data for tensor in model.graph.initializer)
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", written.opset)]
    inside = {entry.key: entry.value for entry in model.metadata_props}
    assert json.loads(inside["findings"]) == written.findings
    assert json.loads(inside["preprocessing"]) == written.preprocessing.model_dump()
    assert len(json.loads(inside["tokenizer"])["model"]["vocab"]) == written.preprocessing.vocabulary_size
    content = path.read_bytes()
    assert not any(word in content for word in (str(ROOT).encode(), str(Path.home()).encode(), b"site-packages"))


def test_exported_networks_compute_what_torch_computes(tmp_path, reports):
    torch.manual_seed(0)
    tokenizer = build_tokenizer(reports.texts)
    net = Ensemble([ReportNet(tokenizer.get_vocab_size(), 5)], 3).eval()
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.3)  # far from the small outputs of a fresh network
    described = manifest.ReportPreprocessing(
        text_policy="x", text_policy_in_words="x", vocabulary_size=1, min_document_frequency=1, max_tokens=512
    )
    path = tmp_path / "model.onnx"
    difference = onnx_export.export_report_network(net, tokenizer, ["a", "b", "c"], described, path)
    assert difference < onnx_export.TOLERANCE
    network = inference.open_network(path)
    assert network.outputs == ("probabilities", "embedding")
    tokens = encode(network.tokenizer, [*reports.texts[:70], "", "a " * 900])
    with torch.no_grad():
        expected = inference.probabilities(lambda batch: net(torch.from_numpy(batch))[0].numpy(), tokens)
    found = inference.probabilities(network.run, tokens)
    assert np.ptp(expected) > 0.5
    np.testing.assert_allclose(found, expected, atol=onnx_export.TOLERANCE)


def test_same_seed_same_network(reports):
    few = reports.take(np.arange(60))
    first, again, other = (
        fit(few, COMPACT.changed(epochs=1), beside=few, seed=seed, n_members=2) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first.held_out, again.held_out)
    scores = [predict(fitted, reports.texts[:20]) for fitted in (first, again, other)]
    np.testing.assert_array_equal(scores[0], scores[1])
    assert not np.array_equal(scores[0], scores[2])


def test_sentences_state_what_their_report_has(labeled, reports):
    with read_only(labeled) as con:
        found = coded_sentences.read_sentences(con, reports)
    rows = dict(zip(found.rows["text"].to_pylist(), found.targets, strict=True))
    heart, effusion = (reports.findings.index(finding) for finding in ("cardiomegaly", "pleural_effusion"))
    assert (rows["The heart is enlarged."][heart], rows["The heart is enlarged."][effusion]) == (1, 0)
    assert rows["There is a small left pleural effusion."][effusion] == 1
    assert rows["No pleural effusion."][effusion] == 0
    # A report's negatives hold in each of its sentences, its positives not in one that is silent.
    whole = dict(zip(reports.rows["study_id"].to_pylist(), reports.targets, strict=True))
    for study, target in zip(found.rows["study_id"].to_pylist(), found.targets, strict=True):
        assert not np.any((target == 1) & (whole[study] == 0))


def test_only_listed_studies(labeled):
    with read_only(labeled) as con:
        assert coded_reports.read_reports(con, {"CXR1", "CXR2", "other"}).rows["study_id"].to_pylist() == [
            "CXR1",
            "CXR2",
        ]


def test_padding_does_not_change_scores():
    torch.manual_seed(0)
    net = ReportNet(50, 4).eval()
    tokens = torch.randint(1, 50, (2, 9))
    padded = torch.cat([tokens, torch.zeros((2, 30), dtype=torch.int64)], dim=1)
    with torch.no_grad():
        for expected, found in zip(net(tokens), net(padded), strict=True):
            np.testing.assert_allclose(expected, found, atol=1e-5)


def test_mistakes(con, labeled, settings):
    with pytest.raises(ConfigError, match="Known: report_findings"):
        read_recipe("other")
    recipe = read_recipe("report_findings")
    with pytest.raises(ConfigError, match="greater than 0"):
        recipe.changed(epochs=0)
    with pytest.raises(WarehouseError, match="Run 'cxr label'"):
        report_findings.train(con, settings, recipe)


def test_without_the_extra_scoring_works_and_training_says_what_it_needs():
    code = """
import sys
sys.modules |= dict.fromkeys(["onnx", "onnxscript", "torch"])
import models.network.registry, models.scoring
from warehouse.errors import DependencyError
models.network.registry.load("report_findings")
try:
    import models.training.report_findings
except DependencyError as error:
    print(error)
"""
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (
        ran.stdout.strip()
        == "onnx is not installed. Install cxr-warehouse with the extra 'train'; in a checkout: uv sync --extra train"
    )
