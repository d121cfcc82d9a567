"""Where the image files of a release are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath


def locate(root: Path, paths: Sequence[str]) -> list[Path | None]:
    """Return the file of each path of ``raw.image``: below ``root`` as written, else of that name with any suffix.

    Parameters
    ----------
    root : Path
    paths : sequence of str

    Returns
    -------
    list of Path or None
        None where there is no such file.
    """
    found: list[Path | None] = [root / path if (root / path).is_file() else None for path in paths]
    if None not in found:
        return found
    by_stem = {path.stem: path for path in sorted(root.rglob("*"), reverse=True) if path.is_file()}
    return [file or by_stem.get(PurePosixPath(path).stem) for file, path in zip(found, paths, strict=True)]
