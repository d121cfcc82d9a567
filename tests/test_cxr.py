"""The Python surface: lazy, documented by examples that run, typed as it behaves, and used by nothing below it."""

from __future__ import annotations

import ast
import doctest
import inspect
import subprocess
import sys
from importlib.metadata import entry_points

import numpy as np
import pytest

import cxr
from tests.support import ROOT
from warehouse.errors import CxrError

SOURCE = (ROOT / "cxr.py").read_text(encoding="utf-8")
FUNCTIONS = [name for name in cxr.__all__ if inspect.isfunction(getattr(cxr, name))]


def test_importing_it_loads_nothing_else():
    code = "import sys; before = set(sys.modules); import cxr; print(*set(sys.modules) - before)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {name.partition(".")[0] for name in loaded.split()} - sys.stdlib_module_names == {"cxr"}


def test_editors_and_python_find_the_same():
    tree = ast.parse(SOURCE)
    (block,) = (node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    shown = {
        alias.asname or alias.name: (statement.module, alias.name)
        for statement in block.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }
    found = {
        name: (module, cxr._ORIGINAL_NAMES.get(name, name)) for module, names in cxr._HOMES.items() for name in names
    }
    assert {name: shown[name] for name in cxr.__all__ if name in shown} == {
        name: found[name] for name in cxr.__all__ if name in found
    }
    assert set(cxr.__all__) <= set(found) | {node.name for node in tree.body if hasattr(node, "name")}


def test_every_name_is_there_and_listed():
    assert dir(cxr) == sorted(cxr.__all__) == sorted(set(cxr.__all__))
    assert all(hasattr(cxr, name) for name in cxr.__all__)
    with pytest.raises(AttributeError, match="'cxr' has no attribute 'lable'"):
        cxr.lable  # noqa: B018


def test_every_function_and_class_is_described():
    described = [getattr(cxr, name) for name in cxr.__all__ if callable(getattr(cxr, name))]
    assert all(inspect.getdoc(item) for item in described)
    assert [
        name for name in FUNCTIONS if "\nExamples\n--------\n>>> import cxr" not in inspect.getdoc(getattr(cxr, name))
    ] == []
    undescribed = [
        (name, parameter)
        for name in FUNCTIONS
        for parameter in inspect.signature(getattr(cxr, name)).parameters
        if parameter not in inspect.getdoc(getattr(cxr, name)).partition("\nParameters\n")[2]
    ]
    assert undescribed == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_examples_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (test,) = doctest.DocTestFinder(recurse=False).find(getattr(cxr, name), name, globs={})
    said: list[str] = []
    result = doctest.DocTestRunner().run(test, out=said.append)
    assert (result.attempted > 1, result.failed) == (True, 0), "".join(said)


def test_spacy_finds_its_component_here():
    (point,) = entry_points(group="spacy_factories", name="cxr_findings")
    assert point.load().__module__ == "nlp.exchange.spacy_component"


def test_nothing_below_imports_it():
    packages = ("app", "models", "nlp", "quality", "warehouse")
    paths = [path for package in packages for path in (ROOT / package).rglob("*.py")]
    assert [path for path in paths if _imports(path.read_text(encoding="utf-8"), "cxr")] == []


def _imports(code: str, package: str) -> bool:
    return any(
        package in {alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, ast.Import)
        else isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == package
        for node in ast.walk(ast.parse(code))
    )


def test_errors_say_what_to_do(tmp_path):
    with pytest.raises(CxrError, match="there is no warehouse here"):
        cxr.connect(tmp_path / "none.duckdb")
    with pytest.raises(CxrError, match="no section rules 'other'"):
        cxr.read_sections("Clear.", rules="other")
    with pytest.raises(CxrError, match="reads reports, not images"):
        cxr.score_images(cxr.load_network("report_findings"), ["a.png"])
    with pytest.raises(CxrError, match=r"none\.png: there is no such file"):
        cxr.score_images(cxr.load_network("image_findings"), [tmp_path / "none.png"])
    with pytest.raises(CxrError, match=r"none\.png: there is no such file"):
        cxr.attribute_image(cxr.load_network("image_findings"), tmp_path / "none.png")


def test_scores_do_not_depend_on_what_is_scored_beside(tmp_path):
    from PIL import Image

    texts = ["Large left pleural effusion.", " ", "No edema. Heart size is normal."]
    network = cxr.load_network("report_findings")
    scores = cxr.score_texts(network, texts)
    assert (scores[2] == cxr.score_texts(network, texts[2:])[0]).all()
    assert np.isnan(scores).all(axis=1).tolist() == [False, True, False]
    files = [tmp_path / f"{i}.png" for i in range(6)]
    for i, file in enumerate(files):
        Image.linear_gradient("L").rotate(90 * i).save(file)
    network = cxr.load_network("image_findings")
    scores = cxr.score_images(network, files)
    assert (scores[5] == cxr.score_images(network, files[5:])[0]).all()
    assert (scores[1] == scores[5]).all()
    assert (scores[0] != scores[1]).any()
    assert cxr.score_images(network, []).shape == (0, len(network.findings))


def test_connections_write_only_when_asked(tmp_path):
    import duckdb

    path = tmp_path / "warehouse.duckdb"
    duckdb.connect(str(path)).close()
    with cxr.connect(path) as con, pytest.raises(duckdb.InvalidInputException, match="read-only"):
        con.execute("create table mine as select 1 as one")
    with cxr.connect(path, read_only=False) as con:
        con.execute("create table mine as select 1 as one")
    with cxr.connect(path) as con:
        assert con.execute("from mine").fetchall() == [(1,)]
