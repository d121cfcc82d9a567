"""Why a DICOM file could not be used: a code for the table and a sentence for the reader."""

from __future__ import annotations


class UnreadableError(Exception):
    """A file that cannot be used; becomes a row, never a traceback.

    Parameters
    ----------
    code : str
        What is wrong in one word, e.g. ``not_dicom``, ``truncated``.
    message : str
        The same in a sentence; ids, names of elements and counts only.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code, self.message = code, message


def not_openable(error: OSError) -> UnreadableError:
    """Return what a failure of the file system means for a file or folder."""
    return UnreadableError("not_readable", (error.strerror or "cannot be read").lower())
