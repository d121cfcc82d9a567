"""The tutorial, followed command by command on a synthetic release."""

from __future__ import annotations

import shlex

import pytest

from tests.support import ROOT
from tests.support.console import Command, commands, cxr, filled

PAGE = ROOT / "docs" / "tutorial" / "mimic-cxr.md"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[Command, str]:
    """Screens by command; the run stops at the first that fails."""
    folder, screens = tmp_path_factory.mktemp("tutorial"), {}
    for command in commands(PAGE):
        done = cxr(*shlex.split(command.text)[1:], cwd=folder)
        assert done.returncode == 0, f"{command.text}: {done.stderr or done.stdout}"
        screens[command] = done.stdout
    assert (folder / "sectioned" / "mimic_cxr_sectioned.csv").stat().st_size > 0
    return screens


def test_every_stage_is_in_it(results: dict[Command, str]) -> None:
    stages = {command.text.split()[1] for command in results}
    assert stages == {"synthesize", "load", "section", "label", "build", "check", "sql", "export"}


@pytest.mark.parametrize("command", [c for c in commands(PAGE) if c.output], ids=lambda command: command.text[:60])
def test_it_shows_what_comes_out(results: dict[Command, str], command: Command) -> None:
    assert filled(results[command]) == filled(command.output)
