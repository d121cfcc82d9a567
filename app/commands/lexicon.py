"""``cxr lexicon``: check the rules, and see what changing them does."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app import console
from app.options import AsJson, Datasets, Warehouse
from nlp.report import VALUES
from warehouse.config import load_settings
from warehouse.errors import ConfigError

cli = typer.Typer(help="Check the labeler's rules, and see what changing them does.", no_args_is_help=True)

Rules = Annotated[Path, typer.Argument(help="Folder of rule files, or a label scheme (.yml).")]
NewRules = Annotated[
    Path | None, typer.Argument(help="Folder of rule files, or a label scheme (.yml).", show_default="the package's")
]
ANSWERS = {value: name for name, value in VALUES.items()} | {None: "not mentioned"}


@cli.command("lint")
def lint_rules(rules: NewRules = None, as_json: AsJson = False) -> None:
    """Find rules that cannot act, contradict their examples or have none; exit code 1 if there are any."""
    from nlp.workbench.lint import lint

    found = lint(*_paths(rules))
    if as_json:
        console.emit_json([asdict(problem) for problem in found])
    else:
        for problem in found:
            line = ": ".join(filter(None, (problem.where, problem.rule, problem.what)))
            console.out().print(line, soft_wrap=True, markup=False, highlight=False)
        console.say(f"{len(found):,} problems" if found else "No problems.")
    if found:
        raise typer.Exit(1)


@cli.command("diff")
def diff_rules(
    old: Rules,
    new: NewRules = None,
    dataset: Datasets = None,
    limit: Annotated[int, typer.Option(help="List at most this many changed labels.", min=0)] = 20,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    """Show which labels of the warehouse's reports change from one lexicon to another; nothing is written."""
    from nlp.labeling.lexicon_diff import diff
    from nlp.rules.compile import load_lexicon
    from warehouse.connection import read_only

    settings = load_settings(warehouse=warehouse)
    before, after = (load_lexicon(*_paths(path)) for path in (old, new))
    with console.progress() as progress, read_only(settings.warehouse, settings) as con:
        result = diff(con, before, after, datasets=dataset or (), progress=progress)
    if as_json:
        console.emit_json(asdict(result))
        return
    if result.rules:
        console.table("Rules", ["rule", ""], list(result.rules.items()))
    counts = Counter((change.finding, change.old, change.new) for change in result.changes)
    if counts:
        rows = [(finding, ANSWERS[a], ANSWERS[b], n) for (finding, a, b), n in counts.most_common()]
        console.table("Labels", ["finding", "old", "new", "studies"], rows)
    listed = [
        (c.dataset, c.study_id, c.finding, ANSWERS[c.old], ANSWERS[c.new], _joined(c.sentences), _joined(c.rules))
        for c in result.changes[:limit]
    ]
    if listed:
        console.table("Studies", ["dataset", "study", "finding", "old", "new", "sentences", "rules"], listed)
    n_studies = len({(change.dataset, change.study_id) for change in result.changes})
    console.say(
        f"{len(result.changes):,} labels of {n_studies:,} studies change. {result.n_phrases:,} phrases differ; "
        f"{result.n_labeled:,} of {result.n_reports:,} reports may hold one and were labeled with both."
    )


def _joined(values: tuple[object, ...]) -> str:
    return ", ".join(map(str, values))


def _paths(path: Path | None) -> tuple[Path, Path | None]:
    """Return folder of rule files and scheme."""
    from nlp.rules.compile import LEXICON
    from nlp.workbench.scheme import SUFFIXES

    if path is None:
        return LEXICON, None
    if path.suffix in SUFFIXES:
        return LEXICON, path
    if not path.is_dir():
        raise ConfigError(
            "no such folder of rule files", where=path, fix="Name a folder, or a scheme that ends in .yml"
        )
    return path, None
