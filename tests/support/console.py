"""Pages with console blocks: commands after ``$``, and what they print."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
QUOTED = re.compile(r'(?<!\\)"')


@dataclass(frozen=True)
class Command:
    """A command of a page, as one would type it, and the lines below it."""

    text: str
    output: str


def commands(page: Path) -> list[Command]:
    """Return the commands of a page in order; a quote that is open carries a command over the line's end."""
    found: list[Command] = []
    for block in BLOCK.finditer(page.read_text(encoding="utf-8")):
        for part in block[1].split("$ cxr ")[1:]:
            lines = part.splitlines()
            n = next(i for i in range(1, len(lines) + 1) if len(QUOTED.findall("\n".join(lines[:i]))) % 2 == 0)
            found.append(Command("cxr " + "\n".join(lines[:n]), "\n".join(lines[n:])))
    return found


def cxr(*arguments: object, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command line in a folder, with no settings from outside."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CXR_")}
    command = [sys.executable, "-m", "app.cli", *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, env=environment | {"COLUMNS": "100"}, input=stdin, capture_output=True, text=True, check=False
    )


def one_line(result: subprocess.CompletedProcess[str]) -> str:
    """Return what a command said of a mistake: one line, no traceback, exit code 1."""
    assert result.returncode == 1, result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    return result.stderr


def filled(text: str) -> list[str]:
    """Return the lines that are not blank, without blanks at their ends."""
    return [line.rstrip() for line in text.splitlines() if line.strip()]
