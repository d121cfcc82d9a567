"""``cxr sources``."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.console import cxr


def test_sources_name_licence_and_citation(tmp_path: Path) -> None:
    described = json.loads(cxr("sources", "--json", cwd=tmp_path).stdout)
    assert {"openi", "chexpert", "padchest", "mimic-cxr", "mimic-cxr-jpg"} <= {source["name"] for source in described}
    assert all(source["licence"] and source["citation"] and source["get"] for source in described)
