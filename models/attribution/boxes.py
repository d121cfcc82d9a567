"""How much of what raises a score lies in a box that somebody drew around the finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warehouse.choices import Fit


@dataclass(frozen=True)
class Box:
    """A rectangle, edges in pixels or in shares of the side."""

    left: float
    top: float
    right: float
    bottom: float


def on_square(box: Box, n_rows: int, n_columns: int, fit: Fit) -> Box:
    """Return where a box of an image lies in the square that the network reads, in shares of its side.

    Parameters
    ----------
    box : Box
        In pixels of the image.
    n_rows, n_columns : int
        Of the image that the box was drawn on.
    fit : {'pad', 'crop', 'stretch'}
        As in `ImagePreprocessing`.

    Examples
    --------
    >>> import cxr
    >>> cxr.on_square(cxr.Box(0, 0, 500, 1000), n_rows=1000, n_columns=500, fit="pad")
    Box(left=0.25, top=0.0, right=0.75, bottom=1.0)
    """
    width, height = float(n_columns), float(n_rows)
    if fit != "stretch":
        width = height = max(width, height) if fit == "pad" else min(width, height)
    x, y = (width - n_columns) / 2, (height - n_rows) / 2

    left, right = ((edge + x) / width for edge in (box.left, box.right))
    top, bottom = ((edge + y) / height for edge in (box.top, box.bottom))
    return Box(*(min(1.0, max(0.0, edge)) for edge in (left, top, right, bottom)))


def share_inside(weights: NDArray[Any], box: Box) -> float:
    """Return the share of what raises the score that lies in a box; nan where nothing raises it.

    Parameters
    ----------
    weights : ndarray, (rows, columns)
        Map of one finding.
    box : Box
        In shares of the side, as of `on_square`. A cell that it cuts counts by the part inside.

    Examples
    --------
    >>> import cxr
    >>> import numpy as np
    >>> cxr.share_inside(np.array([[3.0, 1.0]]), cxr.Box(left=0, top=0, right=0.5, bottom=1))
    0.75
    """
    raising = np.maximum(np.asarray(weights, np.float64), 0)
    inside = np.outer(_covered(raising.shape[0], box.top, box.bottom), _covered(raising.shape[1], box.left, box.right))
    total = raising.sum()
    return float((raising * inside).sum() / total) if total > 0 else float("nan")


def _covered(n_cells: int, start: float, end: float) -> NDArray[np.float64]:
    """Return the part of each cell of an axis that an interval covers."""
    edges = np.linspace(0, 1, n_cells + 1)
    overlap = np.minimum(edges[1:], end) - np.maximum(edges[:-1], start)
    return np.asarray(np.clip(overlap, 0, None) * n_cells)
