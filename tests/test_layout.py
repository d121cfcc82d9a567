"""The tree stays one that readers find their way in."""

from __future__ import annotations

import pytest

from tests.support import ROOT

FOLDERS = ("app", "benchmarks", "models", "nlp", "quality", "tests", "warehouse")
MODULES = [*sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")), ROOT / "cxr.py"]


def test_no_module_is_over_300_lines() -> None:
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in MODULES}
    assert {name: length for name, length in lengths.items() if length > 300} == {}


@pytest.mark.parametrize(("folder", "left"), [("models", set()), ("nlp", {"dbt_plugin.py", "report.py", "udf.py"})])
def test_what_is_not_in_a_folder_is_named(folder: str, left: set[str]) -> None:
    assert {path.name for path in (ROOT / folder).glob("*.py")} == left | {"__init__.py"}
