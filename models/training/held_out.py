"""The items of a network's own data set by split, with the targets that its manifest names."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from models.network import pixels
from models.network.image_files import locate
from models.network.manifest import ImagePreprocessing, Manifest
from models.training import sets
from models.training.sets import Items, TrainingSet
from warehouse.dicom.errors import UnreadableError
from warehouse.errors import ConfigError, SourceError
from warehouse.splits import RELEASE_SPLIT_RULE


def read_split(con: duckdb.DuckDBPyConnection, described: Manifest, split: str) -> Items:
    """Read the items of one split, each finding's target from the labeler that the manifest names for it.

    Of a network that was measured by cross-validation and then trained on everything, no split is unseen; the patient's
    id splits it all the same, for comparisons of the network with itself.

    Raises
    ------
    ConfigError
        The manifest does not say what the network was trained on.
    WarehouseError
        The warehouse does not hold it.
    """
    data = described.training_data
    if data is None:
        raise ConfigError(
            "the manifest does not say what the network was trained on, so that no item is known to be unseen",
            where=described.name,
        )
    key = "study_id" if described.input == "report" else "image_id"
    items: Items | None = None
    for labeler in dict.fromkeys(data.targets.values()):
        wanted = tuple(finding for finding, source in data.targets.items() if source == labeler)
        read = sets.read(
            con,
            TrainingSet(
                input=described.input,
                datasets=data.datasets,
                labeler=labeler,
                findings=wanted,
                view="any",
                split="release" if data.split_rule == RELEASE_SPLIT_RULE else "patient",
            ),
        ).of_split(split)
        if items is None:
            blank = np.full((len(read), len(described.findings)), np.nan, dtype=np.float32)
            items = Items(tuple(described.findings), read.rows, blank)
            place = {item: i for i, item in enumerate(read.rows[key].to_pylist())}
        _fill(items, read, place, key)
    assert items is not None
    return items


def _fill(items: Items, read: Items, place: dict[str, int], key: str) -> None:
    """Put targets where they belong."""
    for row, item in enumerate(read.rows[key].to_pylist()):
        if item in place:
            for column, finding in enumerate(read.findings):
                items.targets[place[item], items.findings.index(finding)] = read.targets[row, column]


def read_images(
    items: Items, folder: Path, preprocessing: ImagePreprocessing, limit: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Read the images of the items that are below a folder, at most ``limit``, with their targets.

    See `models.network.image_files.locate` for how a file is found.

    Raises
    ------
    SourceError
        None is there.
    """
    levels, kept = [], []
    for i, file in enumerate(locate(folder, items.rows["path"].to_pylist())):
        if file is None:
            continue
        try:
            levels.append(pixels.read_image(file, preprocessing))
        except UnreadableError:
            continue
        kept.append(i)
        if len(kept) == limit:
            break
    if not kept:
        raise SourceError("holds no image of the network's data set", where=folder)
    return np.stack(levels), items.targets[kept]
