"""What the pages have in common: one style, templates that know how to write numbers, and how they are written."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from warehouse.errors import ConfigError


def environment(templates: Path) -> Environment:
    """Return the environment of a folder of templates, which may include ``page.css``.

    Filters: ``count`` (thousands grouped), ``figure`` (three decimals), ``seconds``; a dash for None.
    """
    made = Environment(
        loader=FileSystemLoader([templates, Path(__file__).parent]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"count": _count, "figure": _figure, "seconds": _seconds}
    return made


def write(path: Path, text: str) -> Path:
    """Write a file of the pages, making their folder; return its path.

    Raises
    ------
    ConfigError
        It cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"cannot be written: {error.strerror or type(error).__name__}",
            where=path,
            fix="Name a folder for the pages that is writable and has room (CXR_PAGES)",
        ) from None
    return path


def _count(value: int | None) -> str:
    return "\N{EN DASH}" if value is None else f"{value:,}"


def _figure(value: float | None) -> str:
    return "\N{EN DASH}" if value is None else f"{value:.3f}"


def _seconds(value: float | None) -> str:
    if value is None:
        return "\N{EN DASH}"
    return f"{value:.1f} s" if value < 100 else f"{value / 60:.1f} min"
