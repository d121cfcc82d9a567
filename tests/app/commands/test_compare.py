"""``cxr compare`` on label files, without a warehouse."""

from __future__ import annotations

import json

import pytest

from app.commands import compare
from warehouse.config import Settings
from warehouse.errors import ConfigError


def test_compare(paths, capsys):
    compare.run(Settings(), str(paths["gold"]), str(paths["mine"]), ["edema"], of_mentions=False, as_json=True)
    (edema,) = json.loads(capsys.readouterr().out)
    assert (edema["n_studies"], edema["counts"]["uncertain"]["not_mentioned"]) == (3, 1)
    compare.run(Settings(), str(paths["gold"]), str(paths["mine"]), ["edema"], of_mentions=False, as_json=False)
    assert "not mentioned" in capsys.readouterr().out
    with pytest.raises(ConfigError, match="no finding 'oedema'"):
        compare.run(Settings(), *map(str, list(paths.values())[:2]), ["oedema"], of_mentions=False, as_json=True)
