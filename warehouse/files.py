"""Files and folders that are whole or not there: written beside their place, then renamed."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import IO, TextIO, cast

import duckdb

from warehouse.errors import ConfigError, SourceError


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield the path of a file to write beside a target, which takes the target's place when the block ends well.

    The target stays as it was when the block fails. A process that is killed leaves ``<target>.partial``. A link stays
    a link. A device or pipe cannot be replaced, so its own path is yielded.

    Raises
    ------
    OSError
        It cannot be renamed.
    """
    if target.exists() and not target.is_file():
        yield target
        return
    target = target.resolve()
    partial = target.with_name(f"{target.name}.partial")
    try:
        yield partial
        partial.replace(target)
    finally:
        with suppress(OSError):
            partial.unlink()


@contextmanager
def replacing_text(target: Path) -> Iterator[TextIO]:
    """Open a UTF-8 file that takes a target's place when the block ends well; ``.gz`` is compressed.

    Raises
    ------
    SourceError
        The target cannot be written.
    """
    with replacing(target) as partial:
        try:
            opened = partial.open("wb")
        except OSError:
            raise SourceError(
                "cannot be written", where=target, fix="Check that its folder exists and is writable"
            ) from None
        with (
            opened,
            gzip.GzipFile(fileobj=opened, mode="wb") if target.suffix == ".gz" else opened as content,
            TextIOWrapper(cast(IO[bytes], content), "utf-8", newline="") as out,
        ):
            yield out


def require_other_file(source: Path, target: Path) -> None:
    """Check that a target is neither the source nor a folder.

    Raises
    ------
    SourceError
    """
    if target.exists() and source.exists() and target.samefile(source):
        raise SourceError("is the input file itself", where=target, fix="Write the result to another file")
    if target.is_dir():
        raise SourceError("is a folder", where=target, fix="Name a file to write")


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder beside the target that becomes the target when the block ends well.

    Raises
    ------
    ConfigError
        The target is there and not an empty folder, or it cannot be written.
    """
    target = target.resolve()
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise ConfigError(
            "is there already", where=target, fix="Name a new folder; nothing that may have been worked on is replaced"
        )
    partial = target.with_name(f"{target.name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)  # of a run that was killed
        partial.mkdir()
        yield partial
        partial.replace(target)
    except (OSError, duckdb.IOException) as error:
        reason = error.strerror if isinstance(error, OSError) else "DuckDB cannot write the file"
        raise ConfigError(
            f"cannot be written: {reason}", where=target, fix="Check that its folder exists, is writable and has room"
        ) from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
