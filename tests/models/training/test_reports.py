"""Training any network from a training set: what the folder holds, and that it says how it was made."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from models.network import registry
from models.network.inference import score
from models.training import reports
from models.training.fit_reports import Choice
from models.training.reports import train_texts
from warehouse.config import Settings
from warehouse.errors import ConfigError, WarehouseError


def test_a_backbone_from_training_set_to_zoo(built, chosen, tiny_bert, tmp_path):
    choice = Choice(str(tiny_bert), "cnn", max_tokens=40, batch_size=16, epochs=2, learning_rate=5e-3)
    made = train_texts(built, Settings(threads=1), "heart", chosen, choice, output=tmp_path)
    assert made.folder == tmp_path / "heart" / "1.0.0"
    assert sorted(path.name for path in made.folder.iterdir()) == [
        "DATASET_CARD.md", "MODEL_CARD.md", "manifest.json", "model.onnx",
    ]  # fmt: skip
    written, network = registry.load("heart", zoo=tmp_path)
    assert written.preprocessing.pad_id == 1
    assert written.training.recipe["precision"] == "fp32"
    assert written.training_data.targets["cardiomegaly"] == "cxr"
    assert written.metrics["cardiomegaly"].auroc > 0.9
    assert "--backbone tiny-bert" in written.training.recipe["command"]
    assert not any(str(tiny_bert.parent).encode() in path.read_bytes() for path in made.folder.iterdir())
    enlarged, normal = score(network, ["The heart is enlarged.", "The heart is normal."])
    heart = network.findings.index("cardiomegaly")
    assert enlarged[heart] > normal[heart]


def test_mistakes(built, chosen, tmp_path):
    with pytest.raises(ConfigError, match="'My Net' is no name"):
        train_texts(built, Settings(), "My Net", chosen, Choice(), output=tmp_path)
    released = chosen.model_copy(update={"split": "release"})
    with pytest.raises(WarehouseError):
        train_texts(built, Settings(), "net", released, Choice(), output=tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_no_manifest_may_have_fails_before_the_training(built, chosen, tmp_path, monkeypatch):
    monkeypatch.setattr(reports, "VERSION", "one")
    monkeypatch.setattr(reports, "fit_texts", lambda *_, **__: pytest.fail("trained"))
    with pytest.raises(ValidationError, match="version"):
        train_texts(built, Settings(), "net", chosen, Choice(), output=tmp_path)
