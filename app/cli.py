"""The ``cxr`` command, assembled from the modules of `app.commands`, each of which is imported when it is called."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from app import console
from warehouse.errors import CxrError

PANELS = {
    "Start": ("demo", "run", "sources", "status", "sql"),
    "Stages": ("load", "section", "label", "score", "build", "check"),
    "Labels": ("explain", "benchmark", "compare", "lexicon"),
    "Networks": ("models", "evaluate", "attribute", "train", "study"),
    "Files": ("export", "dicom", "synthesize"),
}
"""The commands, as help shows them; each is a function, or a group ``cli``, of the module with its name."""


class Commands(Mapping[str, Any]):
    """The commands by name; one is made, and its module imported, when it is asked for."""

    def __getitem__(self, name: str) -> Any:
        for panel, names in PANELS.items():
            if name in names:
                return _make(name, panel)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return (name for names in PANELS.values() for name in names)

    def __len__(self) -> int:
        return sum(map(len, PANELS.values()))


@cache
def _make(name: str, panel: str) -> Any:
    """Return the command of a module of `app.commands`, as Typer makes it."""
    module = import_module(f"app.commands.{name}")
    holder = typer.Typer(add_completion=False, rich_markup_mode="rich")
    if hasattr(module, "cli"):
        holder.add_typer(module.cli, name=name, rich_help_panel=panel)
    else:
        holder.command(name, rich_help_panel=panel)(getattr(module, name))
    return typer.main.get_group(holder).commands[name]


class Group(TyperGroup):
    """The group of all commands."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands = Commands()  # type: ignore[assignment]  # nothing is ever added to it


cli = typer.Typer(
    name="cxr",
    cls=Group,
    epilog="Start with 'cxr demo'. The warehouse is ./warehouse.duckdb, or what --warehouse or CXR_WAREHOUSE names.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        console.say(f"cxr-warehouse {version('cxr-warehouse')}")
        raise typer.Exit


@cli.callback()
def cxr(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Chest-radiograph warehouse: load reports and label tables, label them, score them, query them."""


def main() -> None:
    """Run the command line: exit code 1 after a user's mistake, 2 after a wrong call, 3 at a failed quality gate."""
    try:
        cli()
    except CxrError as error:
        console.error(str(error))
        sys.exit(1)


if __name__ == "__main__":
    main()
