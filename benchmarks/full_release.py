"""A release as large as MIMIC-CXR through every stage: time and memory of each command, at a tenth, a third and whole.

Each stage is a ``cxr`` command in a process of its own, as a person would run it, on a synthetic release with the
published counts. At full size the checks of the published counts must pass; then one row is taken out of the image list
and they must fail. Memory is what all processes of a command together hold (PSS), sampled five times a second.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.setting import machine, peak_memory, write_result
from warehouse.config import load_settings
from warehouse.connection import writing
from warehouse.synthetic import FULL

SIZES = (FULL // 10, FULL * 3 // 10, FULL)
STAGES = (
    ("load mimic-cxr", ("load", "mimic-cxr", "{release}/mimic-cxr/2.1.0")),
    ("load mimic-cxr-jpg", ("load", "mimic-cxr-jpg", "{release}/mimic-cxr-jpg/2.1.0")),
    ("section", ("section",)),
    ("section --rules official", ("section", "--rules", "official")),
    ("label", ("label",)),
    ("build", ("build",)),
    ("check", ("check",)),
)
CXR = Path(sys.executable).with_name("cxr")
QUALITY_GATE = 3


def main() -> None:
    result: dict[str, Any] = {"machine": machine(), "releases": []}
    for n_patients in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            release = measure(Path(folder), n_patients)
            result["releases"].append(release)
            if n_patients == FULL:
                result["one_row_removed"] = remove_one_row(Path(folder))
        print(f"{release['n_studies']:9,} studies: {sum(stage['seconds'] for stage in release['stages']):6.1f} s")
    print(f"wrote {write_result('full_release', result)}")


def measure(folder: Path, n_patients: int) -> dict[str, Any]:
    """Make a release and run every stage over it."""
    made, seconds, peak_mb = run(folder, "synthesize", folder / "release", "--n-patients", n_patients, "--json")
    counts = json.loads(made.stdout)
    stages = [{"stage": "synthesize", "seconds": seconds, "peak_mb": peak_mb}]
    for stage, words in STAGES:
        done, seconds, peak_mb = run(folder, *(word.format(release=folder / "release") for word in words), "--json")
        if done.returncode:
            raise SystemExit(f"cxr {stage} ended with {done.returncode}: {done.stderr}")
        stages.append({"stage": stage, "seconds": seconds, "peak_mb": peak_mb})
    size = (folder / "warehouse.duckdb").stat().st_size / 1e6
    names = ("n_patients", "n_studies", "n_images")
    return {name: counts[name] for name in names} | {"warehouse_mb": size, "stages": stages}


def run(folder: Path, *words: object) -> tuple[subprocess.CompletedProcess[str], float, float]:
    """Run a command on the folder's warehouse; return it with its seconds and the peak of its memory in MB."""
    environment = os.environ | {"CXR_WAREHOUSE": str(folder / "warehouse.duckdb"), "CXR_PAGES": str(folder / "pages")}
    clock = time.perf_counter()
    process = subprocess.Popen(
        [CXR, *map(str, words)], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with peak_memory(process.pid) as peak:
        stdout, stderr = process.communicate()
    done = subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)
    return done, time.perf_counter() - clock, peak[0]


def remove_one_row(folder: Path) -> dict[str, Any]:
    """Take one row out of the image list and check again; return what the checks say."""
    with writing(folder / "warehouse.duckdb", load_settings()) as con:
        con.execute(
            "delete from raw.mimic_cxr_record where dicom_id = (select min(dicom_id) from raw.mimic_cxr_record)"
        )
    done, _, _ = run(folder, "check", "--suite", "raw.mimic_cxr_record")
    if done.returncode != QUALITY_GATE:
        raise SystemExit(f"a missing row went unnoticed: cxr check ended with {done.returncode}")
    return {"exit_code": done.returncode, "output": done.stdout.replace(str(folder), "").splitlines()}


if __name__ == "__main__":
    main()
