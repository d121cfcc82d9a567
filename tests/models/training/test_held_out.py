"""The images of a network's own data set: those that are there and can be read, with their targets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from models.network.manifest import ImagePreprocessing
from models.training import held_out
from models.training.sets import Items
from warehouse.errors import SourceError

PREPROCESSING = ImagePreprocessing(size=16, fit="pad", is_equalized=False, channels=1, mean=[0.0], std=[255.0])


def make_items(n: int) -> Items:
    """Images named by their place, of which the first finding's target is whether the place is odd."""
    rows = pa.table({"path": [f"{i}.png" for i in range(n)]})
    return Items(("edema",), rows, np.array([[i % 2] for i in range(n)], np.float32))


def test_images_that_are_missing_or_broken_are_left_out_with_their_targets(tmp_path: Path) -> None:
    for i in (0, 1, 3, 4, 5):
        Image.fromarray(np.full((20, 20), 40 * i, np.uint8)).save(tmp_path / f"{i}.png")
    (tmp_path / "1.png").write_bytes(b"")
    levels, targets = held_out.read_images(make_items(6), tmp_path, PREPROCESSING, 3)
    assert levels.shape == (3, 16, 16)
    assert levels[:, 8, 8].tolist() == [0, 120, 160]
    assert targets[:, 0].tolist() == [0, 1, 0]
    with pytest.raises(SourceError, match="holds no image"):
        held_out.read_images(make_items(2), tmp_path / "elsewhere", PREPROCESSING, 3)
