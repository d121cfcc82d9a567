"""Zip archives of very many small files, read fast; a member that cannot be read does not hide the others.

For 227,835 reports `zipfile` spends more time on its records of the members and on opening each than inflating takes.
So the list of members and the ordinary ones are read here, after PKWARE's APPNOTE 4.3 (sections in brackets), and all
that is not ordinary (encrypted, packed otherwise, damaged, a list in an odd place) is left to `zipfile`.
"""

from __future__ import annotations

import lzma
import mmap
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from warehouse.report_files import ENCRYPTED

_END = struct.Struct("<4s8xII2x")  # 4.3.16: size and place of the list
_END_64 = struct.Struct("<4s36xQQ")  # 4.3.14, where the list has more than 65,535 members
_LOCATOR_64 = struct.Struct("<4s4xQ4x")  # 4.3.15, before the end record: where the one above is
_MEMBER = struct.Struct("<4s4xHH4xIIIHHH8xI")  # 4.3.12
_LENGTHS = struct.Struct("<HH")  # 4.3.7: lengths of name and extra field, 26 bytes into a local header of 30
_UTF8 = 0x800
_IN_64 = 0xFFFF_FFFF


class _Member(NamedTuple):
    name: str
    flags: int
    method: int
    crc: int
    packed_size: int
    size: int
    offset: int


def read_members(path: Path, suffix: str) -> Iterator[tuple[str, bytes | None]]:
    """Yield name and content of every member whose name ends in the suffix, in the archive's order.

    The content is None where the member is damaged, encrypted or packed in a way that Python does not know. Mac OS's
    resource forks are left out.

    Raises
    ------
    zipfile.BadZipFile
        The archive has no readable list of its members.
    """
    with ExitStack() as opened:
        file = opened.enter_context(path.open("rb"))
        packed = opened.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        start, end = _list(packed)
        archive: zipfile.ZipFile | None = None
        others: dict[int, zipfile.ZipInfo] = {}
        for member in _members(packed[start:end]) if start < end else _members_by_zipfile(path):
            if not member.name.endswith(suffix) or member.name.startswith("__MACOSX/"):
                continue
            content = _unpack(packed, member)
            if content is None and not member.flags & ENCRYPTED:
                if archive is None:
                    archive = opened.enter_context(zipfile.ZipFile(path))
                    others = {other.header_offset: other for other in archive.infolist()}
                content = _read(archive, others[member.offset])
            yield member.name, content


def _list(packed: mmap.mmap) -> tuple[int, int]:
    """Return where the list of members begins and ends; the same place twice where that is not plain."""
    at = packed.rfind(b"PK\5\6", max(0, len(packed) - (1 << 16) - _END.size))
    try:
        _, size, start = _END.unpack_from(packed, at)
        mark, at_64 = _LOCATOR_64.unpack_from(packed, at - _LOCATOR_64.size)
        if mark == b"PK\6\7":
            at = at_64
            mark, size, start = _END_64.unpack_from(packed, at)
            if mark != b"PK\6\6":
                return 0, 0
    except struct.error:
        return 0, 0
    is_plain = at > 0 and start + size == at and packed[start : start + 4] == b"PK\1\2"
    return (start, at) if is_plain else (0, 0)


def _members(listed: bytes) -> Iterator[_Member]:
    at = 0
    while at < len(listed):
        try:
            mark, flags, method, crc, packed_size, size, n_name, n_extra, n_comment, offset = _MEMBER.unpack_from(
                listed, at
            )
        except struct.error:
            mark = b""
        if mark != b"PK\1\2":
            raise zipfile.BadZipFile("the list of members is damaged")
        name = listed[at + _MEMBER.size : at + _MEMBER.size + n_name]
        text = name.decode("utf-8" if flags & _UTF8 or name.isascii() else "cp437")
        yield _Member(text, flags, method, crc, packed_size, size, offset)
        at += _MEMBER.size + n_name + n_extra + n_comment


def _members_by_zipfile(path: Path) -> Iterator[_Member]:
    with zipfile.ZipFile(path) as archive:
        for m in archive.infolist():
            size, packed_size = m.file_size, m.compress_size
            yield _Member(m.filename, m.flag_bits, m.compress_type, m.CRC, packed_size, size, m.header_offset)


def _unpack(packed: mmap.mmap, member: _Member) -> bytes | None:
    """Return the content of an ordinary member."""
    if member.flags & ENCRYPTED or _IN_64 in {member.packed_size, member.size, member.offset}:
        return None
    try:
        start = member.offset + 30 + sum(_LENGTHS.unpack_from(packed, member.offset + 26))
        content = packed[start : start + member.packed_size]
        if member.method == zipfile.ZIP_DEFLATED:
            content = zlib.decompress(content, -zlib.MAX_WBITS, member.size)
        elif member.method != zipfile.ZIP_STORED:
            return None
    except (zlib.error, struct.error):
        return None
    return content if len(content) == member.size and zlib.crc32(content) == member.crc else None


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes | None:
    try:
        return archive.read(member)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, RuntimeError, struct.error):
        return None  # RuntimeError has NotImplementedError under it: packed in a way that Python does not know
