"""Headers per second: ``cxr load dicom`` against a plain loop of ``dcmread(path, stop_before_pixels=True)``.

The loop reads and converts nothing more than pydicom does by itself; the load converts every value and writes the
table. Files: copies of real headers, each with two bytes of pixels in place of its own, in MIMIC-CXR's folders.
All ways run in turn, on files that are in the page cache; every load is of a warehouse of its own. CPU time is
that of all processes: it says what the rates would be on a machine without other work.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pydicom
from pydicom.data import get_testdata_file

from benchmarks.setting import machine, write_result
from warehouse import sources
from warehouse.config import Settings
from warehouse.connection import writing
from warehouse.dicom.headers import Layout, read_batch
from warehouse.schema import column_types
from warehouse.sources.dicom import BATCH
from warehouse.sources.dicom_header import DicomHeader

DCMREAD = "dcmread(stop_before_pixels=True), one process"
N_FILES = 50_000
N_PASSES = 3
N_PROCESSES = 2
HEADERS = ("RG1_UNCR.dcm", "RG1_J2KR.dcm", "RG3_UNCR.dcm", "RG3_J2KI.dcm", "MR_small_implicit.dcm", "CT_small.dcm")


def main() -> None:
    description = machine() | {"pydicom": version("pydicom")}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "tree"
        paths = make_tree(root)
        ways: dict[str, Callable[[], None]] = {
            DCMREAD: lambda: with_pydicom(root, paths),
            "header values, one process, no table": lambda: with_reader(root, paths),
            "cxr load dicom, one process": lambda: with_load(root, Path(folder), 1),
            f"cxr load dicom, {N_PROCESSES} processes": lambda: with_load(root, Path(folder), N_PROCESSES),
        }
        seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for _ in range(N_PASSES):
            for name, way in ways.items():
                before, clock = os.times(), time.perf_counter()
                way()
                after = os.times()
                seconds[name].append((time.perf_counter() - clock, sum(after[:4]) - sum(before[:4])))
    walls = {name: statistics.median(wall for wall, _ in times) for name, times in seconds.items()}
    cpus = {name: statistics.median(cpu for _, cpu in times) for name, times in seconds.items()}
    reference = walls[DCMREAD]
    result: dict[str, Any] = {
        "n_files": len(paths),
        "n_passes": N_PASSES,
        "headers": list(HEADERS),
        "machine": description,
        "ways": [
            {
                "name": name,
                "files_per_second": len(paths) / wall,
                "times_dcmread": reference / wall,
                "cpu_microseconds_per_file": cpus[name] / len(paths) * 1e6,
                "seconds": [wall for wall, _ in seconds[name]],
            }
            for name, wall in walls.items()
        ],
    }
    print(f"wrote {write_result('dicom_headers', result)}")
    for way in result["ways"]:
        print(
            f"{way['name']:48} {way['files_per_second']:8,.0f} files/s  {way['times_dcmread']:5.1f} x"
            f"  {way['cpu_microseconds_per_file']:6,.0f} us of CPU a file"
        )


def make_tree(root: Path) -> list[str]:
    """Write the files and return their paths, relative to the root."""
    contents = [shortened(name) for name in HEADERS]
    paths = []
    for i in range(N_FILES):
        # As in MIMIC-CXR, a patient has 5.8 images and a study 1.7; the bucket is the patient's.
        patient = i // 6
        folder = Path(f"p{10 + patient % 10}", f"p{10_000_000 + patient}", f"s{50_000_000 + i * 3 // 5}")
        path = folder / f"{i:08x}-00000000-00000000-00000000-00000000.dcm"
        (root / folder).mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(contents[i % len(contents)])
        paths.append(path.as_posix())
    return paths


def shortened(name: str) -> bytes:
    """Return a file of pydicom's collection up to its pixels, with two bytes of those."""
    path = get_testdata_file(name)
    with Path(path).open("rb") as file:
        pydicom.filereader.read_partial(file, stop_when=lambda tag, *_: tag == 0x7FE00010)
        n_bytes = file.tell()
    is_implicit = pydicom.dcmread(path, stop_before_pixels=True).original_encoding[0]
    pixels = b"\xe0\x7f\x10\0" + (b"" if is_implicit else b"OW\0\0") + b"\x02\0\0\0\0\0"
    return Path(path).read_bytes()[:n_bytes] + pixels


def with_pydicom(root: Path, paths: list[str]) -> None:
    for path in paths:
        pydicom.dcmread(root / path, stop_before_pixels=True)


def with_reader(root: Path, paths: list[str]) -> None:
    keywords = {name: kind for name, kind in column_types(DicomHeader).items() if name[0].isupper()}
    for i in range(0, len(paths), BATCH):
        assert not read_batch(Layout(str(root), keywords), paths[i : i + BATCH]).rejected


def with_load(root: Path, folder: Path, processes: int) -> None:
    settings = Settings(warehouse=folder / "warehouse.duckdb", threads=processes)
    with writing(settings.warehouse, settings) as con:
        result = sources.load_source(con, sources.get("dicom"), root, settings)
    assert (result.rows["raw.dicom_header"], result.n_rejected) == (N_FILES, 0)
    settings.warehouse.unlink()


if __name__ == "__main__":
    main()
