"""``cxr status``."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.console import cxr


def test_status_counts_tables(openi: Path) -> None:
    assert json.loads(cxr("status", "--json", cwd=openi).stdout)["tables"]["raw.openi_report"] == 3955
