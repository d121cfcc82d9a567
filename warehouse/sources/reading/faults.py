"""What can be wrong with a file of a source: each fault becomes one error that names the file and says what to do."""

from __future__ import annotations

import errno
import gzip
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.errors import SourceError

_DAMAGE = (
    zipfile.BadZipFile, gzip.BadGzipFile, tarfile.TarError, EOFError, zlib.error, UnicodeError, struct.error,
    NotImplementedError,
)  # fmt: skip
"""What the readers of archives raise at one that is damaged, cut short or of a kind that they do not know."""


class FileError(SourceError):
    """A file of a source that cannot be loaded; the others can be loaded without it."""

    def __init__(self, file: str, error: SourceError) -> None:
        super().__init__(error.what, where=error.where, fix=error.fix)
        self.file = file


@contextmanager
def named_faults(file: str, path: Path, again: str) -> Iterator[None]:
    """Raise what goes wrong while a file is read as a fault of that file; ``again`` says how to get it again.

    Raises
    ------
    FileError
        The file is empty, damaged, not of the published form, or may not be read.
    SourceError
        The disk or the system fails, which is not the file's fault.
    """
    damaged = FileError(file, SourceError("is damaged or truncated", where=path, fix=again))
    try:
        if path.is_file() and path.stat().st_size == 0:
            raise SourceError("is empty", where=path, fix=again)
        yield
    except SourceError as error:
        raise FileError(file, error) from None
    except _DAMAGE:
        raise damaged from None
    except OSError as error:
        if error.errno == errno.EINVAL:  # a damaged archive sends its reader to a place before the beginning
            raise damaged from None
        fault = SourceError(f"cannot be read: {error.strerror}", where=path, fix="Check the file and the disk")
        if error.errno == errno.EACCES:
            raise FileError(file, fault) from None
        raise fault from None
