"""How a stage says how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], object]
"""Called with the name of a step, how much of it is done and how much there is (0 when not known)."""


def silent(step: str, done: int, total: int) -> None:
    """Report progress to nobody."""
    del step, done, total
