"""Backbones: tiny random ones in a folder, as a person has real ones."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest

from models.network import inference, manifest
from models.network.tokens import encode
from models.training import onnx_export
from models.training.nets import torch
from models.training.nets.report_network import Classifier
from models.training.nets.transformer import HEADS, TransformerNet, known_backbones, load_backbone
from warehouse.errors import ConfigError

N_WORDS = 17


@pytest.fixture
def folder(tiny_bert: Path) -> Path:
    return tiny_bert


def test_a_folder(folder):
    backbone = load_backbone(str(folder), max_tokens=6)
    assert backbone.pad_id == 1
    encoded = encode(backbone.tokenizer, ["The heart is normal.", "", "no effusion " * 20])
    assert encoded[0] == [0, 6, 7, 8, 10, 2]
    assert encoded[1] == []
    assert len(encoded[2]) == 6
    assert load_backbone(str(folder)).tokenizer.truncation["max_length"] == 48  # its positions


def test_a_network_with_code_of_its_own_is_read_as_bert(folder, tmp_path):
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "cxr-bert", "auto_map": {"AutoConfig": "configuration_cxrbert.CXRBertConfig"}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "configuration_cxrbert.py").write_text("raise SystemExit('code of strangers ran')")
    expected, found = (load_backbone(str(each)).net.state_dict() for each in (folder, tmp_path))
    for name in ("embeddings.word_embeddings.weight", "encoder.layer.1.output.dense.weight"):
        torch.testing.assert_close(expected[name], found[name])


@pytest.mark.parametrize("head", HEADS)
def test_heads(folder, tmp_path, head):
    backbone = load_backbone(str(folder))
    net = Classifier(TransformerNet(backbone.net, 3, head, pad_id=1)).eval()
    tokens = torch.tensor([[0, 6, 7, 8, 10, 2], [0, 11, 13, 2, 1, 1]])
    padded = torch.cat([tokens, torch.ones((2, 9), dtype=torch.int64)], dim=1)
    with torch.no_grad():
        probabilities, embedding = net(tokens)
        for expected, found in zip((probabilities, embedding), net(padded), strict=True):
            np.testing.assert_allclose(expected, found, atol=1e-5)
        assert torch.isfinite(net(torch.ones((2, 5), dtype=torch.int64))[0]).all()
    described = manifest.ReportPreprocessing(
        text_policy="x", text_policy_in_words="x", vocabulary_size=N_WORDS, max_tokens=48, pad_id=1
    )
    path = tmp_path / "model.onnx"
    assert (
        onnx_export.export_report_network(net, backbone.tokenizer, ["a", "b", "c"], described, path)
        < onnx_export.TOLERANCE
    )
    network = inference.open_network(path)
    assert network.outputs == ("probabilities", "embedding")
    rows = encode(network.tokenizer, ["The heart is normal", "no effusion"])
    found = inference.probabilities(network.run, rows, pad_id=network.preprocessing.pad_id)
    np.testing.assert_allclose(found, probabilities, atol=1e-5)


def test_the_table():
    assert len(known_backbones()) == 6
    assert all(row["hub_id"].count("/") == 1 and row["licence"] for row in known_backbones().values())


def test_mistakes(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    clock = time.perf_counter()
    with pytest.raises(ConfigError, match=r"'dmis-lab/biobert-v1.1' is not here.*huggingface-cli download.*--backbone"):
        load_backbone("biobert")
    assert time.perf_counter() - clock < 10
    (tmp_path / "config.json").write_text('{"model_type": "no-such-network"}')
    with pytest.raises(ConfigError, match=r"cannot be loaded.*config\.json"):
        load_backbone(str(tmp_path))
