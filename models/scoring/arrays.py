"""Scores of texts and image files as arrays in memory, for notebooks; the arithmetic is that of the other places."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import batched
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.network.inference import Network
from models.network.manifest import ImagePreprocessing
from models.scoring import batches
from warehouse.errors import ConfigError, SourceError

_OUTPUTS = ("probabilities",)


def score_texts(network: Network, texts: Sequence[str]) -> NDArray[np.float32]:
    """Return a report network's probabilities of texts.

    Parameters
    ----------
    network : Network
        Over reports.
    texts : sequence of str
        Scored as they are. The warehouse and ``cxr score reports`` score the sections of a report that count.

    Returns
    -------
    ndarray of float32, (n_texts, n_findings)
        Columns in the order of ``network.findings``; nan for a text without words.

    Raises
    ------
    ConfigError
        The network reads images.

    Examples
    --------
    >>> import cxr
    >>> network = cxr.load_network("report_findings")
    >>> scores = cxr.score_texts(network, ["Large left pleural effusion.", "The heart size is normal."])
    >>> (scores[:, network.findings.index("pleural_effusion")] > 0.5).tolist()
    [True, False]
    """
    found = batches.score_texts(network, _OUTPUTS, texts)
    scores = np.full((len(texts), len(network.findings)), np.nan, np.float32)
    scored = [place for place in range(len(texts)) if place not in found.failures]
    if scored:
        scores[scored] = found.outputs[0]
    return scores


def score_images(network: Network, files: Sequence[str | Path]) -> NDArray[np.float32]:
    """Return an image network's probabilities of image files, one after the other.

    For many files, of which some may be damaged, ``cxr score images`` decodes in a pool of processes, can be stopped
    and run again, and lists what it cannot read.

    Parameters
    ----------
    network : Network
        Over images.
    files : sequence of str or Path
        JPEG, PNG, TIFF, BMP or DICOM.

    Returns
    -------
    ndarray of float32, (n_files, n_findings)
        Columns in the order of ``network.findings``.

    Raises
    ------
    ConfigError
        The network reads reports.
    SourceError
        A file cannot be read as an image.

    Examples
    --------
    >>> import cxr
    >>> from PIL import Image
    >>> Image.linear_gradient("L").save("grey.png")
    >>> network = cxr.load_network("image_findings")
    >>> scores = cxr.score_images(network, ["grey.png"])
    >>> scores.shape == (1, len(network.findings))
    True
    """
    if not isinstance(network.preprocessing, ImagePreprocessing):
        raise ConfigError("the network reads reports, not images")
    size = batches.n_rows(network.preprocessing, network.provider)
    names: list[list[str | None]] = [list(map(str, batch)) for batch in batched(files, size)]
    scores = np.empty((len(files), len(network.findings)), np.float32)
    done = 0
    for batch, found in zip(names, batches.here(network, _OUTPUTS, names, processes=1, threads=1), strict=True):
        for place, (_, message) in found.failures.items():
            raise SourceError(message, where=batch[place] or "", fix="Leave it out")
        scores[done : done + len(batch)] = found.outputs[0]
        done += len(batch)
    return scores
