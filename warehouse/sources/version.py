"""The version of the code that turns a data set's files into rows: a change of it loads the files again."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from warehouse import runs


def code_version(*modules: str, data: tuple[Path, ...] = ()) -> str:
    """Return a hash of modules, of what they import of their own packages, and of files of data.

    A comment in the module of one data set leaves the others' versions as they are.
    """
    code = sorted(set().union(*(_with_imported(module) for module in modules)))
    return hashlib.sha256("".join(map(runs.fingerprint, (*code, *data))).encode()).hexdigest()


def _with_imported(module: str) -> set[Path]:
    """Return the file of a module and those of the modules of its package that it needs, directly or not."""
    package = module.rpartition(".")[0]
    found: dict[str, Path] = {}
    pending = [module]
    while pending:
        name = pending.pop()
        if name not in found and (path := _file(package, name)):
            found[name] = path
            pending += _imported(path)
    return set(found.values())


def _file(package: str, name: str) -> Path | None:
    """Return the file of a module of a package; None where the name is of something else."""
    inside = name.removeprefix(f"{package}.")
    folder = find_spec(package)
    if inside == name or folder is None or folder.origin is None:
        return None
    path = Path(folder.origin).parent.joinpath(*inside.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (node.module, *(f"{node.module}.{name.name}" for name in node.names))
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
