"""Text files that are not all UTF-8: decoded by the encodings that a source declares, in order."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from warehouse.errors import SourceError

CHINESE = ("utf-8-sig", "gb18030")
"""UTF-8 with or without a byte order mark, else the Chinese national standard, as Excel in China writes CSV files."""
WESTERN = ("utf-8-sig", "cp1252")


def decode(content: bytes, encodings: Sequence[str]) -> str:
    """Return the text by the first encoding that fits.

    Raises
    ------
    UnicodeError
        None fits.
    """
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnicodeError(f"not {' or '.join(encodings)}")


@contextmanager
def as_utf8(path: Path, encodings: Sequence[str]) -> Iterator[Path]:
    """Give a path to the file's text in UTF-8: the file itself where it is (or compressed), else a temporary copy.

    Raises
    ------
    SourceError
        The file is in none of the encodings.
    """
    if path.suffix == ".gz":
        yield path
        return
    content = path.read_bytes()
    try:
        text = decode(content, encodings)
    except UnicodeError as error:
        raise SourceError(f"is {error}", where=path, fix="Save it as UTF-8") from None
    if text.encode() == content.removeprefix(b"\xef\xbb\xbf"):
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        copy.write_text(text, encoding="utf-8", newline="")
        yield copy
