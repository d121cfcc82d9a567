"""The reference page of the command line, made from the commands themselves: ``python -m app.reference``."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from app.cli import PANELS, cli

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "cli.md"
HEAD = """# Commands

Made from the commands themselves by `python -m app.reference`; `cxr COMMAND --help` shows the same. Every command takes
`--help`. Exit codes: 0 done, 1 a mistake or nothing could be done, 2 a wrong call, 3 a check of the data failed, 130
interrupted.
"""


def commands() -> Iterator[tuple[str, Any, Any]]:
    """Yield every command and group, as help lists them: what a user types, the command, and its context."""
    root = typer.main.get_command(cli)
    yield from _walk("cxr", root, typer.Context(root, info_name="cxr"))


def _walk(typed: str, command: Any, context: Any) -> Iterator[tuple[str, Any, Any]]:
    yield typed, command, context
    if isinstance(command, TyperGroup):
        for name, child in command.commands.items():
            yield from _walk(f"{typed} {name}", child, typer.Context(child, info_name=name, parent=context))


def page() -> str:
    """Return the page: a section for each panel of help, with the commands, their arguments and options."""
    parts = [HEAD]
    panels = {f"cxr {names[0]}": panel for panel, names in PANELS.items()}
    for typed, command, context in commands():
        if typed in panels:
            parts.append(f"## {panels[typed]}\n")
        if not isinstance(command, TyperGroup):
            parts.append(_section(typed, command, context))
    return "\n".join(parts)


def _section(typed: str, command: Any, context: Any) -> str:
    usage = " ".join([typed, *command.collect_usage_pieces(context)])
    lines = ["| argument or option | |", "| --- | --- |"]
    for parameter in command.params:
        name, help_text = parameter.get_help_record(context)
        if parameter.name != "help":
            lines.append(f"| `{_cell(name)}` | {_cell(help_text)} |")
    text = inspect.cleandoc(command.help)
    return "\n".join([f"### {typed}\n", f"```\n{usage}\n```\n", f"{text}\n", *lines, ""])


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def main() -> None:
    """Write the page."""
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}")


if __name__ == "__main__":
    main()
