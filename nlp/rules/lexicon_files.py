"""The lexicon's YAML files: read with the line of every rule, their keys checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from warehouse.errors import ConfigError

LINE = "__line__"
UNDECISIVE = frozenset({LINE, "comment", "examples", "labels", "name", "definition"})
"""Keys of rule files that decide no label."""


class _Loader(yaml.CSafeLoader):
    """Loads mappings with the line they start on, and refuses a key given twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        if len(mapping) < len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "a key is given twice", node.start_mark)
        mapping[LINE] = node.start_mark.line + 1
        return mapping


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a rule file; every mapping carries its line under ``__line__``.

    Raises
    ------
    ConfigError
        Not readable, not YAML, or not a mapping.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"rule file cannot be read: {error.__class__.__name__}", where=path) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path.name}:{mark.line + 1}" if mark else path.name
        raise ConfigError(f"not valid YAML: {getattr(error, 'problem', error)}", where=where) from None
    if not isinstance(content, dict):
        raise ConfigError("a rule file is a mapping", where=path.name)
    return content


def check_keys(document: dict[str, Any], needed: set[str], optional: set[str], path: Path) -> dict[str, Any]:
    """Return a rule file's content, its keys checked.

    Raises
    ------
    ConfigError
        A key is unknown or missing, or holds another kind of value than a rule file's does.
    """
    known = needed | optional
    if unknown := sorted(set(document) - known - {LINE}):
        raise ConfigError(f"unknown key '{unknown[0]}'", where=path.name, fix=f"Known: {', '.join(sorted(known))}")
    if missing := sorted(needed - set(document)):
        raise ConfigError(f"no key '{missing[0]}'", where=path.name)
    for key in known & set(document) - {"terms", "labels"}:
        if not isinstance(document[key], list):
            raise ConfigError(f"'{key}' is a list", where=path.name)
    for key in {"terms", "labels"} & set(document):
        if not isinstance(document[key], dict):
            raise ConfigError(f"'{key}' is a mapping", where=path.name)
    return document


def without_lines(value: Any) -> Any:
    """Return what was read, without the lines that its mappings carry."""
    if isinstance(value, dict):
        return {key: without_lines(item) for key, item in value.items() if key != LINE}
    return [without_lines(item) for item in value] if isinstance(value, list) else value


def decisive(value: Any) -> Any:
    """Return what was read, without what decides no label."""
    if isinstance(value, dict):
        return {key: decisive(item) for key, item in value.items() if key not in UNDECISIVE}
    return [decisive(item) for item in value] if isinstance(value, list) else value
