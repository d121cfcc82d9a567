"""Run every benchmark and regenerate RESULTS.md: ``python -m benchmarks.run [NAME ...]``."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.pages import results

NAMES = (
    "start_up", "labeler_accuracy", "labeler_speed", "phrase_matching", "label_scaling", "full_release", "load_speed",
    "dicom_headers", "report_network", "image_network", "image_scoring",
)  # fmt: skip


def main(names: list[str]) -> None:
    for name in names or NAMES:
        print(f"== {name}", flush=True)
        # Each in a process of its own: one pins itself to a core, another reads its peak memory.
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)
    results.main()


if __name__ == "__main__":
    main(sys.argv[1:])
