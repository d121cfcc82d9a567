"""A tree of DICOM files to a tree of JPGs with a manifest; resumable, each file whole or not there.

A target has the time of modification of its source, as with ``rsync``: where size and time of the source are those of
the manifest's row and of the target, nothing is done again. Rows are appended to ``manifest.csv.part`` in the order of
the sources as they are finished; a run that ends renames it to ``manifest.csv``, one that follows a killed run takes
the rows of both.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import astuple, dataclass, field, fields, replace
from itertools import batched
from pathlib import Path
from typing import TextIO

from warehouse.dicom import tree
from warehouse.dicom.deidentification import identifying_elements
from warehouse.dicom.errors import UnreadableError, not_openable
from warehouse.dicom.headers import read_elements
from warehouse.dicom.pixels import read_pixels, to_grey8, to_jpeg
from warehouse.dicom.tree import Found
from warehouse.errors import SourceError
from warehouse.files import replacing
from warehouse.pool import map_batches
from warehouse.progress import Progress

MANIFEST = "manifest.csv"
LOOKS_IDENTIFIED = "looks_identified"
BATCH = 8
"""Files of one task; a radiograph takes about a fifth of a second."""


@dataclass(frozen=True)
class Row:
    """A line of the manifest.

    Attributes
    ----------
    source_path, target_path : str
        Relative to the two folders, with forward slashes; no target where nothing was written.
    source_bytes, source_sha256, target_sha256 : str
        Size and hashes of the files' contents; empty for a source that cannot be read.
    rows, columns, transfer_syntax : str
        From the header.
    status : str
        ``converted``, ``refused`` (looks identified) or ``failed``.
    code, message : str
        Why not converted.
    """

    source_path: str
    source_bytes: str = ""
    source_sha256: str = ""
    target_path: str = ""
    target_sha256: str = ""
    rows: str = ""
    columns: str = ""
    transfer_syntax: str = ""
    status: str = ""
    code: str = ""
    message: str = ""


_HEADER = [column.name for column in fields(Row)]


@dataclass(frozen=True)
class Job:
    """What every worker needs: the two folders, and whether files that look identified are to be converted."""

    source: str
    target: str
    identified: str
    """``refuse`` or ``allow``."""


@dataclass(frozen=True)
class Task:
    """A source, and its row of an earlier run if there is one."""

    found: Found
    known: Row | None


@dataclass
class Conversion:
    """What became of a tree.

    Attributes
    ----------
    n_files, n_converted, n_unchanged, n_refused, n_failed : int
        Sources; those converted now, those that were before, those that look identified, those that failed.
    codes : dict
        Number of refused and failed sources by code.
    manifest : str
        Where the manifest is.
    """

    n_files: int = 0
    n_converted: int = 0
    n_unchanged: int = 0
    n_refused: int = 0
    n_failed: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    manifest: str = ""

    def count(self, row: Row, *, is_new: bool) -> None:
        """Count a row."""
        self.n_files += 1
        if row.status == "converted":
            self.n_converted, self.n_unchanged = self.n_converted + is_new, self.n_unchanged + (not is_new)
            return
        self.codes[row.code] += 1
        self.n_refused, self.n_failed = (
            self.n_refused + (row.status == "refused"),
            self.n_failed + (row.status == "failed"),
        )


def convert_tree(source: Path, target: Path, *, identified: str, processes: int, progress: Progress) -> Conversion:
    """Convert every DICOM file under ``source`` to a JPG under ``target``, in the same folders.

    Parameters
    ----------
    identified : str
        What to do with files that look identified: ``refuse`` or ``allow``.

    Raises
    ------
    SourceError
        ``source`` is missing or holds nothing that is named as DICOM files are; ``target`` cannot be written.
    """
    if not source.exists():
        raise SourceError("does not exist", where=source)
    n_files = sum(1 for _ in tree.find(source))
    if not n_files:
        raise SourceError("holds no DICOM files", where=source, fix="Name a folder of .dcm files, at any depth")
    try:
        target.mkdir(parents=True, exist_ok=True)
        known = _known_rows(target)
        return _convert(source, target, known, n_files, identified, processes, progress)
    except OSError as error:
        raise SourceError(not_openable(error).message, where=error.filename or target) from None


def _convert(
    source: Path,
    target: Path,
    known: dict[str, Row],
    n_files: int,
    identified: str,
    processes: int,
    progress: Progress,
) -> Conversion:
    manifest, part = target / MANIFEST, target / f"{MANIFEST}.part"
    root = source.parent if source.is_file() else source
    processes = min(processes, 1 + n_files // (2 * BATCH))
    job = Job(str(root.resolve()), str(target.resolve()), identified)
    tasks = (Task(found, known.get(found.path)) for found in tree.find(source))
    conversion = Conversion(manifest=str(manifest))
    with part.open("w", encoding="utf-8", newline="") as file:
        _write(file, [_HEADER])
        for rows in map_batches(convert_batch, map(list, batched(tasks, BATCH)), job, processes=processes):
            _write(file, [astuple(row) for row, _ in rows])
            for row, is_new in rows:
                conversion.count(row, is_new=is_new)
            progress("convert DICOM files", conversion.n_files, n_files)
    part.replace(manifest)
    return conversion


def _write(file: TextIO, rows: list[list[str]] | list[tuple[str, ...]]) -> None:
    csv.writer(file, lineterminator="\n").writerows(rows)
    file.flush()


def _known_rows(target: Path) -> dict[str, Row]:
    """Return the rows of earlier runs; a killed run's are first put into the manifest, where they are safe."""
    manifest, part = target / MANIFEST, target / f"{MANIFEST}.part"
    known = {row.source_path: row for row in _read_rows(manifest)}
    if part.exists():
        known |= {row.source_path: row for row in _read_rows(part)}
        with replacing(manifest) as fresh, fresh.open("w", encoding="utf-8", newline="") as file:
            _write(file, [_HEADER, *(list(astuple(known[path])) for path in sorted(known))])
        part.unlink()
    return known


def _read_rows(path: Path) -> Iterator[Row]:
    if not path.exists():
        return
    # A killed run may have left half a line.
    lines = path.read_text(encoding="utf-8").rpartition("\n")[0]
    for values in csv.DictReader(io.StringIO(lines)):
        if set(values) == set(_HEADER) and None not in values.values():
            yield Row(**values)


def convert_batch(job: Job, tasks: list[Task]) -> list[tuple[Row, bool]]:
    """Return each source's row and whether work was done for it."""
    return [_convert_file(job, task) for task in tasks]


def target_path(source_path: str) -> str:
    """Return the JPG's path: .jpg in place of .dcm, behind any other name."""
    return source_path.removesuffix(".dcm") + ".jpg"


def _convert_file(job: Job, task: Task) -> tuple[Row, bool]:
    source, target = Path(job.source, task.found.path), Path(job.target, target_path(task.found.path))
    row = Row(task.found.path)
    try:
        if task.found.error:
            raise task.found.error
        if source.suffix != ".dcm" and source.with_name(f"{source.name}.dcm").exists():
            raise UnreadableError("same_target", f"{source.name}.dcm has the same target")
        elements, status = read_elements(str(source))
        named = identifying_elements(elements) if job.identified == "refuse" else []
        if not named and task.known and _is_up_to_date(task.known, status, target):
            return task.known, False
        content = source.read_bytes()
        row = Row(
            task.found.path,
            source_bytes=str(len(content)),
            source_sha256=hashlib.sha256(content).hexdigest(),
            rows=_number(elements.get("Rows")),
            columns=_number(elements.get("Columns")),
            transfer_syntax=str(elements.get("TransferSyntaxUID") or ""),
        )
        if named:
            raise UnreadableError(LOOKS_IDENTIFIED, " ".join(named))
        jpeg = to_jpeg(to_grey8(*read_pixels(content)))
        _write_whole(target, jpeg, status)
    except (UnreadableError, OSError) as error:
        failure = error if isinstance(error, UnreadableError) else not_openable(error)
        if task.known and task.known.status == "converted":
            target.unlink(missing_ok=True)
        status_word = "refused" if failure.code == LOOKS_IDENTIFIED else "failed"
        return replace(row, status=status_word, code=failure.code, message=failure.message), True
    sha256 = hashlib.sha256(jpeg).hexdigest()
    return replace(row, target_path=target_path(row.source_path), target_sha256=sha256, status="converted"), True


def _is_up_to_date(known: Row, source: os.stat_result, target: Path) -> bool:
    if known.status != "converted" or known.source_bytes != str(source.st_size):
        return False
    try:
        return target.stat().st_mtime_ns == source.st_mtime_ns
    except OSError:
        return False


def _write_whole(target: Path, content: bytes, source: os.stat_result) -> None:
    """Write a file beside its place, give it its source's time, and rename it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with replacing(target) as partial:
        partial.write_bytes(content)
        os.utime(partial, ns=(source.st_mtime_ns, source.st_mtime_ns))


def _number(value: object) -> str:
    return str(value) if isinstance(value, int) else ""
