"""A tree to JPGs: mirrored, atomic, resumable, with a manifest that says what became of each file."""

from __future__ import annotations

import csv
import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.dicom_files import radiograph, save
from warehouse.dicom import conversion
from warehouse.dicom.conversion import Conversion, convert_tree
from warehouse.errors import SourceError
from warehouse.progress import silent


def convert(source: Path, target: Path, identified: str = "refuse", processes: int = 1) -> Conversion:
    return convert_tree(source, target, identified=identified, processes=processes, progress=silent)


def rows(target: Path) -> list[dict[str, str]]:
    with (target / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def files(target: Path) -> dict[str, bytes]:
    return {path.relative_to(target).as_posix(): path.read_bytes() for path in target.rglob("*") if path.is_file()}


def write_tree(root: Path, n_images: int = 3) -> Path:
    for i in range(n_images):
        save(radiograph(InstanceNumber=str(i)), root / f"p10/s{i // 2}/{i:03}.dcm")
    return root


def test_the_tree_is_mirrored_and_listed(tmp_path: Path) -> None:
    source, target = write_tree(tmp_path / "dicom"), tmp_path / "jpg"
    (source / "text.dcm").write_text("not DICOM " * 40)
    save(radiograph(PatientName="DOE^JANE", InstitutionName="A hospital"), source / "named.dcm")
    save(radiograph(), source / "1.2.840.5")
    done = convert(source, target)
    assert (done.n_files, done.n_converted, done.n_refused, done.n_failed) == (6, 4, 1, 1)
    assert done.codes == {"looks_identified": 1, "not_dicom": 1}
    listed = {row["source_path"]: row for row in rows(target)}
    assert list(listed) == sorted(listed)
    assert set(files(target)) == {
        "manifest.csv", "1.2.840.5.jpg", "p10/s0/000.jpg", "p10/s0/001.jpg", "p10/s1/002.jpg"
    }  # fmt: skip
    row = listed["p10/s0/000.dcm"]
    for kind, folder in (("source", source), ("target", target)):
        digest = hashlib.sha256((folder / row[f"{kind}_path"]).read_bytes()).hexdigest()
        assert row[f"{kind}_sha256"] == digest
    assert (row["rows"], row["columns"], row["transfer_syntax"]) == ("6", "8", "1.2.840.10008.1.2.1")
    refused = listed["named.dcm"]
    assert (refused["status"], refused["message"]) == ("refused", "InstitutionName PatientName")
    assert "DOE" not in (target / "manifest.csv").read_text()
    assert listed["text.dcm"]["code"] == "not_dicom"


def test_converting_again_does_only_what_changed(tmp_path: Path) -> None:
    source, target = write_tree(tmp_path / "dicom"), tmp_path / "jpg"
    convert(source, target)
    before = files(target)
    again = convert(source, target)
    assert (again.n_converted, again.n_unchanged) == (0, 3)
    assert files(target) == before
    changed = source / "p10/s0/000.dcm"
    save(radiograph(PhotometricInterpretation="MONOCHROME1"), changed)
    os.utime(changed, ns=(1, 10**18))
    (target / "p10/s0/001.jpg").unlink()
    assert convert(source, target).n_converted == 2
    fresh = tmp_path / "fresh"
    convert(source, fresh)
    assert files(target) == files(fresh)


def test_identified_files_are_converted_only_on_request(tmp_path: Path) -> None:
    save(radiograph(PatientName="DOE^JANE"), tmp_path / "dicom" / "a.dcm")
    source, target = tmp_path / "dicom", tmp_path / "jpg"
    assert convert(source, target).n_refused == 1
    assert convert(source, target, "allow").n_converted == 1
    assert (target / "a.jpg").exists()
    assert convert(source, target).n_refused == 1
    assert not (target / "a.jpg").exists()


def test_two_sources_of_one_target_do_not_overwrite_each_other(tmp_path: Path) -> None:
    save(radiograph(), tmp_path / "dicom" / "a")
    save(radiograph(), tmp_path / "dicom" / "a.dcm")
    done = convert(tmp_path / "dicom", tmp_path / "jpg")
    assert (done.n_converted, done.codes) == (1, {"same_target": 1})


def test_a_folder_that_is_not_there_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist"):
        convert(tmp_path / "absent", tmp_path / "jpg")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="holds no DICOM files"):
        convert(tmp_path / "empty", tmp_path / "jpg")
    (tmp_path / "file").touch()
    with pytest.raises(SourceError, match="exists"):
        convert(write_tree(tmp_path / "dicom"), tmp_path / "file")


@pytest.mark.parametrize("n_lines", range(0, 7))
def test_half_a_line_of_a_killed_run_is_done_again(tmp_path: Path, n_lines: int) -> None:
    source, target, whole = write_tree(tmp_path / "dicom", 5), tmp_path / "jpg", tmp_path / "whole"
    convert(source, whole)
    convert(source, target)
    lines = (target / "manifest.csv").read_text().splitlines(keepends=True)
    (target / "manifest.csv").unlink()
    half = lines[n_lines][:20] if n_lines < len(lines) else ""
    (target / "manifest.csv.part").write_text("".join(lines[:n_lines]) + half)
    (target / "p10/s0/000.jpg.partial").write_bytes(b"half")
    if n_lines < 2:
        (target / "p10/s0/000.jpg").unlink()
    else:
        (target / "p10/s0/000.jpg.partial").unlink()
    convert(source, target)
    assert files(target) == files(whole)


KILLED = """
import sys, time
from pathlib import Path
from warehouse.dicom import conversion

def wait(step, done, total):
    print(done, flush=True)
    time.sleep(float(sys.argv[3]))

if __name__ == "__main__":
    conversion.BATCH = 2
    conversion.convert_tree(Path(sys.argv[1]), Path(sys.argv[2]), identified="refuse", processes=2, progress=wait)
"""


@pytest.mark.parametrize("n_reports", [1, 3])
def test_a_killed_conversion_is_completed(tmp_path: Path, n_reports: int) -> None:
    source, target, undisturbed = write_tree(tmp_path / "dicom", 16), tmp_path / "jpg", tmp_path / "undisturbed"
    (source / "text.dcm").write_text("not DICOM " * 40)
    script = tmp_path / "convert.py"
    script.write_text(KILLED)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, script, source, target, "0.05"]
    converting = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert converting.stdout is not None
    for _ in range(n_reports):
        converting.stdout.readline()
    converting.send_signal(signal.SIGKILL)
    converting.wait()
    assert (target / "manifest.csv.part").exists()
    done = convert(source, target)
    assert done.n_unchanged >= 2 * n_reports
    convert(source, undisturbed)
    assert files(target) == files(undisturbed)
    listed = [row["source_path"] for row in rows(target)]
    assert listed == sorted(set(listed))
    assert len(listed) == 17


def test_target_names() -> None:
    assert conversion.target_path("files/p10/x.dcm") == "files/p10/x.jpg"
    assert conversion.target_path("1.2.840.5") == "1.2.840.5.jpg"
