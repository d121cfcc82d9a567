"""``cxr sources``: the data sets that can be loaded."""

from __future__ import annotations

from app import console
from app.options import AsJson


def sources(as_json: AsJson = False) -> None:
    """List the data sets that can be loaded: what each needs, where to get it, licence, citation."""
    from warehouse.sources import all_sources

    described = [source.describe() for source in all_sources().values()]
    if as_json:
        console.emit_json(described)
        return
    for source in described:
        console.say(f"[bold]{source['name']}[/bold]  {source['title']}")
        for label in ("files", "tables", "get", "licence", "citation"):
            value = source[label]
            console.say(f"  [dim]{label:<9}[/dim]{', '.join(value) if isinstance(value, list | tuple) else value}")
        console.say("")
