"""Images decoded once for many epochs: a file of grey levels beside the networks, filled in any number of sittings."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import batched
from pathlib import Path

import cv2
import numpy as np
import PIL
import pydicom
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from models.network.manifest import ImagePreprocessing
from models.network.pixels import read_image
from warehouse.dicom.errors import UnreadableError
from warehouse.files import replacing
from warehouse.progress import Progress

FOLDER = ".pixels"
"""Below the user's zoo; may be deleted at any time."""

_PENDING, _READ, _FAILED = 0, 1, 2
# Images between two notes of how far it got; a multiple of any pool's size.
_SITTING = 512


@dataclass(frozen=True)
class Pixels:
    """Decoded images.

    Attributes
    ----------
    levels : ndarray of uint8, shape (n_images, size, size)
        A memory-mapped file: only what is indexed is read.
    is_readable : ndarray of bool, shape (n_images,)
        Where it is false, levels are 0.
    """

    levels: NDArray[np.uint8]
    is_readable: NDArray[np.bool_]


def read_pixels(
    files: Sequence[Path],
    preprocessing: ImagePreprocessing,
    folder: Path,
    *,
    threads: int = 1,
    progress: Progress | None = None,
) -> Pixels:
    """Decode images, or what is left of them to decode, and open them.

    A list of other files, a changed file or another preprocessing makes another folder: nothing in one is ever stale.

    Parameters
    ----------
    files : sequence of Path
    preprocessing : ImagePreprocessing
    folder : Path
        Where the decoded images are kept.
    threads : int
    progress : callable, optional

    Returns
    -------
    Pixels
        In the order of the files.
    """
    place = folder / _key(files, preprocessing)
    place.mkdir(parents=True, exist_ok=True)
    shape = (len(files), preprocessing.size, preprocessing.size)
    levels, state = _opened(place / "levels.npy", shape), _opened(place / "state.npy", shape[:1])
    state[state == _FAILED] = _PENDING  # a share may have been away, a decoder may have learned
    pending = np.flatnonzero(state == _PENDING)

    def decode(i: int) -> int:
        try:
            levels[i] = read_image(files[i], preprocessing)
        except UnreadableError:
            return _FAILED
        return _READ

    with ThreadPoolExecutor(threads) as pool:  # decoders and resizing let other threads run
        for sitting in batched(pending.tolist(), _SITTING):
            found = list(pool.map(decode, sitting))
            levels.flush()
            state[list(sitting)] = found
            state.flush()
            if progress is not None:
                progress(
                    "decode images", len(files) - len(pending) + int((state[pending] != _PENDING).sum()), len(files)
                )
    return Pixels(np.load(place / "levels.npy", mmap_mode="r"), np.asarray(state) == _READ)


def _key(files: Sequence[Path], preprocessing: ImagePreprocessing) -> str:
    """Return a name made of everything that decides the grey levels."""
    decoders = f"{PIL.__version__} {cv2.__version__} {pydicom.__version__}"
    wanted = f"{preprocessing.size} {preprocessing.fit} {preprocessing.is_equalized} {decoders}"
    digest = hashlib.sha256(wanted.encode())
    for file in files:
        stat = file.stat() if file.exists() else None
        digest.update(f"\0{file.resolve()}\0{stat and (stat.st_size, stat.st_mtime_ns)}".encode())
    return digest.hexdigest()[:16]


def _opened(path: Path, shape: tuple[int, ...]) -> np.memmap[tuple[int, ...], np.dtype[np.uint8]]:
    """Open an array file for writing; a new one is all 0."""
    if path.exists():
        return open_memmap(path, mode="r+")
    with replacing(path) as new:
        open_memmap(new, mode="w+", dtype=np.uint8, shape=shape).flush()
    return open_memmap(path, mode="r+")
