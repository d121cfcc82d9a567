"""The Python of the documentation runs: the blocks of a page in order, in one namespace. Of ours it uses cxr alone."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import cxr
from tests.support import ROOT

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = [
    page
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
    if BLOCK.search(page.read_text(encoding="utf-8"))
]
INSIDE = {"app", "models", "nlp", "quality", "warehouse"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_python_blocks_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = page.read_text(encoding="utf-8")
    namespace: dict[str, object] = {"__name__": "__main__"}
    for block in BLOCK.finditer(text):
        line = text.count("\n", 0, block.start(1))
        # As many blank lines as the page has before the block, so that a traceback names the page's own line.
        exec(compile("\n" * line + block[1], str(page), "exec"), namespace)


def test_python_blocks_use_the_surface_alone() -> None:
    blocks = [(page.name, block[1]) for page in PAGES for block in BLOCK.finditer(page.read_text(encoding="utf-8"))]
    assert [(name, package) for name, code in blocks for package in imported(code) & INSIDE] == []
    used = {name for _, code in blocks for name in re.findall(r"\bcxr\.(\w+)", code)}
    assert used <= set(cxr.__all__)


def imported(code: str) -> set[str]:
    """Return the top-level packages that a piece of code imports."""
    nodes = list(ast.walk(ast.parse(code)))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return {name.partition(".")[0] for name in names}


def test_every_function_of_the_surface_is_in_the_docs() -> None:
    written = " ".join(page.read_text(encoding="utf-8") for page in PAGES)
    functions = {name for name in cxr.__all__ if name.islower()}
    assert functions - set(re.findall(r"\bcxr\.(\w+)", written)) == set()
