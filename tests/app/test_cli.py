"""The command line: what every command has, and how it is run as a user runs it, a process of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperArgument, TyperGroup
from typer.testing import CliRunner

from app import reference
from app.cli import PANELS, cli
from tests.support import ROOT
from tests.support.console import cxr, one_line
from warehouse.errors import WarehouseError

COMMANDS = {typed: command for typed, command, _ in reference.commands()}
LEAVES = {typed: command for typed, command in COMMANDS.items() if not isinstance(command, TyperGroup)}
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LAYERS = ("app", "benchmarks", "models", "nlp", "quality", "warehouse")
HEAVY = ("numpy", "pandas", "pyarrow", "pydantic", "sqlalchemy", "sqlmodel", "duckdb", "onnxruntime", "torch", "spacy")


@pytest.mark.parametrize("typed", COMMANDS)
def test_every_command_has_help(typed: str) -> None:
    result = CliRunner().invoke(cli, [*typed.split()[1:], "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output
    assert COMMANDS[typed].help


def options(command: Any) -> list[Any]:
    return [parameter for parameter in command.params if not isinstance(parameter, TyperArgument)]


@pytest.mark.parametrize("typed", LEAVES)
def test_every_argument_and_option_has_help(typed: str) -> None:
    for parameter in LEAVES[typed].params:
        text = parameter.help
        assert text, f"{typed} {parameter.name}"
        assert text[0].isupper(), f"{typed} {parameter.name}: {text}"
        assert text.endswith((".", ")")), f"{typed} {parameter.name}: {text}"


@pytest.mark.parametrize("typed", LEAVES)
def test_every_command_and_long_option_is_in_the_docs(typed: str) -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert typed in text
    for option in options(LEAVES[typed]):
        assert all(name in text for name in option.opts), f"{typed} {option.opts}"


def command_lines() -> Iterator[tuple[str, str]]:
    """Yield the leaf command and the words after it, of every command that the pages and the code name."""
    names = "|".join(sorted(LEAVES, key=len, reverse=True))
    sources = [path for layer in LAYERS for path in (ROOT / layer).rglob("*.py")]
    for path in [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sources]:
        text = path.read_text(encoding="utf-8").replace("\\\n", " ")
        for match in re.finditer(rf"\b({names})\b([^`#&|'\n]*)", text):
            yield match[1], match[2]


def test_options_that_are_named_exist() -> None:
    found = set(command_lines())
    assert {typed for typed, _ in found} == set(LEAVES)
    for typed, words in found:
        known = {name for option in options(LEAVES[typed]) for name in option.opts}
        assert set(re.findall(r"(?<!\S)--?[a-z][a-z-]*", words)) <= known | {"--help"}, f"{typed}{words}"


def test_the_reference_page_is_that_of_the_commands() -> None:
    stale = "run python -m app.reference"
    assert reference.PAGE.read_text(encoding="utf-8") == reference.page(), stale


def test_every_module_is_a_command() -> None:
    modules = {path.stem for path in (ROOT / "app" / "commands").glob("*.py")} - {"__init__"}
    assert modules == {name for names in PANELS.values() for name in names}


def test_one_word_has_one_meaning() -> None:
    """An option of one name takes the same kind of value, and a short name stands for one option."""
    long_of: dict[str, set[str]] = {}
    for command in LEAVES.values():
        for option in options(command):
            for short in (name for name in option.opts if not name.startswith("--")):
                long_of.setdefault(short, set()).update(name for name in option.opts if name.startswith("--"))
    assert {short: names for short, names in long_of.items() if len(names) > 1} == {}
    taken = {name for command in LEAVES.values() for option in options(command) for name in option.opts}
    assert "--findings" not in taken
    findings = [
        (typed, option)
        for typed, command in LEAVES.items()
        for option in options(command)
        if "--finding" in option.opts
    ]
    assert len(findings) > 5
    assert [typed for typed, option in findings if not option.multiple] == []


def test_a_data_set_has_both_spellings() -> None:
    found = [
        (typer.Context(command), option)
        for command in LEAVES.values()
        for option in options(command)
        if "--dataset" in option.opts
    ]
    assert len(found) > 8
    for context, option in found:
        for spelling in ("mimic-cxr", "mimic_cxr"):
            value, expected = ([spelling], ["mimic_cxr"]) if option.multiple else (spelling, "mimic_cxr")
            assert option.process_value(context, value) == expected


def modules_after(code: str, folder: Path) -> set[str]:
    script = f"import sys\n{code}\nprint('\\n'.join(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=True)
    return set(done.stderr.split())


def test_starting_imports_nothing_heavy(tmp_path: Path) -> None:
    assert modules_after("import app.cli", tmp_path).isdisjoint(HEAVY)
    shown = "from app.cli import cli\ncli(['--help'], standalone_mode=False)"
    assert modules_after(shown, tmp_path).isdisjoint(HEAVY)


def test_a_query_imports_little_more_than_duckdb(tmp_path: Path) -> None:
    import duckdb

    duckdb.connect(str(tmp_path / "warehouse.duckdb")).close()
    query = "from app.cli import cli\ncli(['sql', 'select 1'], standalone_mode=False)"
    loaded = modules_after(query, tmp_path)
    assert "duckdb" in loaded
    assert loaded & set(HEAVY) <= {"duckdb", "pydantic"}  # Typer itself checks what is typed with pydantic


def test_loading_again_changes_nothing(openi: Path) -> None:
    assert json.loads(cxr("load", "openi", "--json", cwd=openi).stdout)["status"] == "unchanged"


def test_wrong_path_leaves_no_warehouse(tmp_path: Path) -> None:
    assert "nowhere" in one_line(cxr("load", "openi", "nowhere", cwd=tmp_path))
    assert not (tmp_path / "warehouse.duckdb").exists()


@pytest.mark.parametrize(
    "command",
    [
        ["section"],
        ["label"],
        ["export", "labels", "out", "--format", "brat"],
        ["export", "sectioned", "out"],
        ["score", "reports"],
        ["build"],
        ["check"],
        ["benchmark"],
        ["status"],
    ],
)
def test_stages_need_a_warehouse(command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("CXR_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    error = CliRunner().invoke(cli, command).exception
    assert isinstance(error, WarehouseError)
    assert "there is no warehouse here" in str(error)
    assert "\n" not in str(error)
    assert list(tmp_path.iterdir()) == []


def test_unknown_names_list_the_known(tmp_path: Path) -> None:
    assert "openi" in one_line(cxr("load", "open-i", cwd=tmp_path))
    assert "demo" in one_line(cxr("status", cwd=tmp_path))


def test_wrong_calls_exit_with_2(tmp_path: Path) -> None:
    assert cxr("label", "--input", "reports.csv", cwd=tmp_path).returncode == 2
    assert cxr("nonsense", cwd=tmp_path).returncode == 2
