"""Settings: defaults, then ``cxr.toml``, then ``CXR_*`` environment variables, then command-line options."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from warehouse.errors import ConfigError

_MEMORY = re.compile(r"[0-9]+(\.[0-9]+)?\s*[KMGT]i?B")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where things are and how much of the machine may be used.

    `load_settings` fills it from options, environment and file; the class itself reads neither.

    Attributes
    ----------
    warehouse : Path
        The DuckDB file.
    pages : Path
        Folder for quality reports and other pages.
    zoo : Path
        Folder for networks that you train, import or quantise.
    public_data : Path, optional
        Folder with the public tables; default: the installed package.
    threads : int
        Threads and processes.
    memory_limit : str
        DuckDB's memory limit, e.g. ``3GB``.

    Raises
    ------
    ConfigError
        No threads, or a memory limit without a unit.
    """

    warehouse: Path = Path("warehouse.duckdb")
    pages: Path = Path("cxr-pages")
    zoo: Path = Path("cxr-zoo")
    public_data: Path | None = None
    threads: int = field(default_factory=lambda: os.cpu_count() or 1)
    memory_limit: str = "3GB"

    def __post_init__(self) -> None:
        """Refuse what DuckDB and the pools would refuse later, with a worse message."""
        if not 1 <= self.threads <= 1024:
            raise _unusable("threads", "give 1 to 1024")
        if not _MEMORY.fullmatch(self.memory_limit):
            raise _unusable("memory_limit", "give a number and a unit, e.g. 3GB")


def _path(value: object) -> Path:
    if not isinstance(value, str | Path) or value == "":
        raise ValueError("not a path")
    return Path(value)


def _whole_number(value: object) -> int:
    try:
        return int(str(value))  # True and 2.5 are none
    except ValueError:
        raise ValueError("not a whole number") from None


_READERS: Mapping[str, Callable[[object], object]] = {
    "warehouse": _path,
    "pages": _path,
    "zoo": _path,
    "public_data": _path,
    "threads": _whole_number,
    "memory_limit": str,
}
"""How the value of a file, of the environment or of an option becomes a field of `Settings`."""


def load_settings(**overrides: object) -> Settings:
    """Read the settings; ``overrides`` that are None are left out. ``CXR_CONFIG`` names another TOML file.

    Raises
    ------
    ConfigError
        A value of the wrong form, or an unknown key in ``cxr.toml``.
    """
    file = Path(os.environ.get("CXR_CONFIG", "cxr.toml"))
    given = _read_file(file) | _read_environment()
    given |= {name: value for name, value in overrides.items() if value is not None}
    return Settings(**{name: _read(name, value) for name, value in given.items()})  # type: ignore[arg-type]


def _read_file(file: Path) -> dict[str, object]:
    if not file.is_file():
        return {}
    import tomllib

    try:
        return {key.lower(): value for key, value in tomllib.loads(file.read_text(encoding="utf-8")).items()}
    except ValueError as error:
        raise ConfigError(f"not valid TOML: {error}", where=file) from None


def _read_environment() -> dict[str, object]:
    names = {f"CXR_{setting.name.upper()}": setting.name for setting in fields(Settings)}
    # An empty path in the environment is this folder.
    return {names[name.upper()]: value or "." for name, value in os.environ.items() if name.upper() in names}


def _read(name: str, value: object) -> object:
    if name not in _READERS:
        raise _unusable(name, f"there is no such setting; known: {', '.join(_READERS)}")
    try:
        return _READERS[name](value)
    except ValueError as error:
        raise _unusable(name, str(error)) from None


def _unusable(name: str, why: str) -> ConfigError:
    return ConfigError(f"setting '{name}' is not usable: {why}", fix=f"Check cxr.toml and CXR_{name.upper()}")
