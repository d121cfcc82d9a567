"""Where the files of images are: tables name them in one way, and people unpack and convert them in others."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path, PurePosixPath

from models.network.pixels import SUFFIXES


def locate(root: Path, paths: Sequence[str | None]) -> list[Path | None]:
    """Find image files below a folder.

    In this order: ``root/path``; the same with another suffix of `models.network.pixels.SUFFIXES`; the file of that
    stem anywhere below the root. Of several such files the one is taken whose folders agree with the path's the
    longest, then the one with the path's suffix, else none; a file goes to the path that it agrees with the longest,
    and to none where several do: ``view1_frontal.jpg`` of one study is not taken for another's.

    Parameters
    ----------
    root : Path
    paths : sequence of str or None
        As in ``raw.image.path``: all of a data set at once, so that a name that several of them share is known.

    Returns
    -------
    list of Path or None
        In the order of ``paths``; None where there is no file.
    """
    listed = cache(_files)
    found = [_exact(str(root), path, listed) if path else None for path in paths]
    taken = {str(path) for path in found if path is not None}
    missed = {place: path for place, path in enumerate(paths) if path and found[place] is None}
    claims: dict[str, list[tuple[int, int]]] = {}
    candidates = {place: _near(str(root), path, listed) for place, path in missed.items()}
    elsewhere = {stem(path) for place, path in missed.items() if candidates[place] is None}
    index = _index(root, elsewhere) if elsewhere else {}
    for place, path in missed.items():
        file = candidates[place] or _best(path, index)
        if file is not None and str(root / file) not in taken:
            claims.setdefault(file, []).append((_agreement(path, file), place))
    for file, claimants in claims.items():
        longest = max(length for length, _ in claimants)
        places = [place for length, place in claimants if length == longest]
        if len({paths[place] for place in places}) == 1:
            for place in places:
                found[place] = root / file
    return found


def walk(root: Path) -> Iterator[str]:
    """Yield the image files below a folder, relative to it, in the order of their names, folder by folder.

    Known by their suffix; hidden files and folders are left out, links to folders not followed.
    """
    for name, is_folder in _entries(root):
        if is_folder:
            yield from (f"{name}/{inner}" for inner in walk(root / name))
        elif name.lower().endswith(SUFFIXES):
            yield name


def _entries(folder: Path) -> list[tuple[str, bool]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(
                (entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries if not entry.name.startswith(".")
            )
    except OSError:  # a folder that may not be read holds no files for us
        return []


def _files(folder: str) -> frozenset[str]:
    """Return the names of the files in a folder: one listing costs less than asking for each file."""
    try:
        with os.scandir(folder) as entries:
            return frozenset(entry.name for entry in entries if entry.is_file())
    except OSError:
        return frozenset()


def _exact(root: str, path: str, listed: Callable[[str], frozenset[str]]) -> Path | None:
    """Return the file where the table says it is."""
    folder, name = os.path.split(os.path.join(root, path))  # noqa: PTH118  a Path for every image costs a minute
    return Path(folder, name) if name in listed(folder) else None


def _near(root: str, path: str, listed: Callable[[str], frozenset[str]]) -> str | None:
    """Return the file where the table says it is, with another suffix."""
    folder, name = os.path.dirname(path), stem(path)  # noqa: PTH120
    there = listed(os.path.join(root, folder))  # noqa: PTH118
    return next((os.path.join(folder, name + suffix) for suffix in SUFFIXES if name + suffix in there), None)  # noqa: PTH118


def stem(path: str) -> str:
    """Return a file's name without the suffix of an image; ids may hold dots."""
    name = os.path.basename(path)  # noqa: PTH119
    base, suffix = os.path.splitext(name)  # noqa: PTH122
    return base if suffix.lower() in SUFFIXES else name


_Index = dict[tuple[bool, tuple[str, ...]], str | None]
"""The file of a name (True: of a name without suffix) and folders from the innermost on; None of several files."""


def _index(root: Path, wanted: set[str]) -> _Index:
    """Return the files below the root whose stem is wanted."""
    index: _Index = {}
    for file in walk(root):
        if (base := stem(file)) in wanted:
            *outer, name = file.split("/")
            for n in range(len(outer) + 1):
                tail = outer[len(outer) - n :][::-1]
                for key in ((True, (base, *tail)), (False, (name, *tail))):
                    index[key] = None if key in index else file
    return index


def _best(path: str, index: _Index) -> str | None:
    """Return the file whose folders agree with a path's the longest, then the one of its suffix; else none.

    A look-up for each folder: CheXpert calls 187,625 files ``view1_frontal.jpg``.
    """
    base, (*outer, name) = stem(path), PurePosixPath(path).parts
    for n in range(len(outer), -1, -1):
        tail = outer[len(outer) - n :][::-1]
        if (True, (base, *tail)) in index:
            return index[True, (base, *tail)] or index.get((False, (name, *tail)))
    return None


def _agreement(path: str, file: str) -> int:
    """Return how many folders of a path and a file agree, counted from the file."""
    n = 0
    for mine, its in zip(PurePosixPath(path).parts[-2::-1], PurePosixPath(file).parts[-2::-1], strict=False):
        if mine != its:
            break
        n += 1
    return n
