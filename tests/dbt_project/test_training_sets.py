"""Training sets of marts that dbt has built."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pyarrow.feather
import pytest
from typer.testing import CliRunner

from app.cli import cli
from models.training import set_card, sets
from models.training.sets import TrainingSet
from warehouse.config import Settings
from warehouse.errors import WarehouseError


@pytest.mark.parametrize("policy", ["u_ones", "u_zeros", "u_ignore", "mentioned_only"])
def test_an_uncertain_label_by_each_policy(con: duckdb.DuckDBPyConnection, policy: str) -> None:
    """CheXpert's one study, of the release's train split: edema is uncertain, and nothing else is labeled."""
    chosen = TrainingSet(
        input="image", datasets=("chexpert",), labeler="chexpert_published", policy=policy, view="any", split="release"
    )
    if policy in ("u_ignore", "mentioned_only"):
        with pytest.raises(WarehouseError, match="has labels of"):
            sets.read(con, chosen)
        return
    items = sets.read(con, chosen)
    assert items.rows["split"].to_pylist() == ["train"] * 2
    assert items.findings == ("edema",)
    assert items.targets.tolist() == [[policy == "u_ones"]] * 2


def test_the_command_writes_rows_and_card(filled: Settings, tmp_path: Path) -> None:
    options = ["--dataset", "chestxray14", "--labeler", "nih_nlp", "--view", "any", "--json"]
    done = CliRunner().invoke(
        cli, ["export", "training-set", str(tmp_path / "set"), *options, "--warehouse", str(filled.warehouse)]
    )
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["n_patients"] == 1
    rows = pyarrow.feather.read_table(str(tmp_path / "set" / set_card.ROWS_FILE))
    assert rows["nodule"].to_pylist() == [1, 0]
    assert "| Nodule |" in (tmp_path / "set" / set_card.CARD_FILE).read_text(encoding="utf-8")
