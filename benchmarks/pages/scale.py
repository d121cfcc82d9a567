"""The sections of RESULTS.md on size: corpora and releases as large as MIMIC-CXR."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from benchmarks.pages import blocks

SCALING = """## A warehouse as large as MIMIC-CXR

A synthetic corpus with as many reports as MIMIC-CXR, as long, of Open-I's sentences; *new* is the share of sentences
made unique by a number: first as many as in Open-I, at last all, so that the sentence cache never helps. From
`raw.report` to `nlp.mention` and `nlp.label`, storing included, {processes} processes; memory is of all of them.

![Seconds by reports](results/label_scaling.svg)

"""


def scaling(result: dict[str, Any]) -> str:
    lines = [
        [
            f"{run['n_reports']:,}",
            f"{run['new_share']:.0%}",
            f"{run['seconds']:.1f}",
            f"{run['reports_per_second']:,.0f}",
            f"{run['peak_mb']:,.0f}",
        ]
        for run in result["runs"]
    ]
    table = blocks.table(["reports", "new", "seconds", "reports/s", "peak MB"], lines)
    return "\n".join([SCALING.format(**result), table, blocks.machine(result)])


def draw_scaling(runs: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw seconds by reports, a line for the share of new sentences, with a line through the origin to compare."""
    figure = Figure(figsize=(6, 3.5), layout="constrained")
    axes = figure.subplots()
    for share, of_share in blocks.grouped(runs, "new_share"):
        points = [(run["n_reports"] / 1000, run["seconds"]) for run in of_share]
        axes.plot(*zip(*points, strict=True), "o-", label=f"{share:.0%} of sentences new")
    last = max(runs, key=lambda run: run["n_reports"])
    ends = [0, last["n_reports"] / 1000], [0, last["n_reports"] / last["reports_per_second"]]
    axes.plot(*ends, color="0.7", linestyle=":", label=f"{last['reports_per_second']:,.0f} reports/s")
    axes.set_xlabel("thousand reports")
    axes.set_ylabel("seconds")
    axes.set_ylim(0)
    axes.grid(alpha=0.3)
    axes.legend()
    blocks.save(figure, path)


FULL_RELEASE = """## MIMIC-CXR, whole

A synthetic release with the published counts (`cxr synthesize --full`), every stage a `cxr` command of its own; memory
is of all its processes. Its reports repeat their sentences more than real ones do, which helps the labeler's cache: the
corpora above are the harder ones.

![Seconds by studies](results/full_release.svg)

"""
REMOVED = """The published counts hold on the whole release. With one row taken out of the image list `cxr check`
ends with exit code {exit_code} and says:

```text
{text}
```
"""


LOAD = """### Loading its lists and reports

`cxr load` of both releases against reading the same files: DuckDB's `read_csv` into a temporary table each, and
Python's `zipfile` over every report. The peer stores no report and checks nothing; the load hashes each file, casts
every column, rejects what is wrong and writes the warehouse. Median of {n_runs} runs in turn, {n_reports:,} reports.

"""
HEADERS = """### Reading DICOM headers

`cxr load dicom` against a loop of `dcmread(path, stop_before_pixels=True)`, which converts no value and stores
nothing. Copies of {n_headers} real headers, {n_files:,} files in MIMIC-CXR's folders, in the page cache; median of
{n_passes} passes in turn. The one without a table reads and converts only.

"""


def load_speed(result: dict[str, Any]) -> str:
    names = {"peer": "`read_csv` and `zipfile`", "cxr": "`cxr load`"}
    seconds, runs = result["median_seconds"], result["runs"]
    lines = [
        [
            names[name],
            f"{seconds[name]:.1f}",
            f"{max(run['peak_mb'] for run in runs[name]):,.0f}",
            f"{seconds[name] / seconds['peer']:.2f}",
        ]
        for name in names
    ]
    introduction = LOAD.format(n_runs=len(runs["cxr"]), n_reports=result["n_reports"])
    return "\n".join([introduction, blocks.table(["", "seconds", "peak MB", "x peer"], lines), blocks.machine(result)])


def dicom_headers(result: dict[str, Any]) -> str:
    lines = [
        [
            way["name"],
            f"{way['files_per_second']:,.0f}",
            f"{way['times_dcmread']:.1f}",
            f"{way['cpu_microseconds_per_file']:.0f}",
        ]
        for way in result["ways"]
    ]
    introduction = HEADERS.format(n_headers=len(result["headers"]), **result)
    columns = ["", "files/s", "x dcmread", "us of CPU a file"]
    return "\n".join([introduction, blocks.table(columns, lines), blocks.machine(result)])


def full_release(result: dict[str, Any]) -> str:
    releases = result["releases"]
    names = [stage["stage"] for stage in releases[0]["stages"]]
    lines = [[f"`cxr {name}`", *(_cost(release["stages"][i]) for release in releases)] for i, name in enumerate(names)]
    totals = [[stage["seconds"] for stage in release["stages"]] for release in releases]
    peaks = [max(stage["peak_mb"] for stage in release["stages"]) for release in releases]
    lines.append(
        ["**together**", *(f"**{sum(t):.0f} s, {peak:,.0f} MB**" for t, peak in zip(totals, peaks, strict=True))]
    )
    header = ["", *(f"{release['n_studies']:,} studies, {release['n_images']:,} images" for release in releases)]
    removed = result["one_row_removed"]
    said = REMOVED.format(text="\n".join(removed["output"]).strip(), **removed)
    return "\n".join([FULL_RELEASE, blocks.table(header, lines), said, blocks.machine(result)])


def _cost(stage: dict[str, Any]) -> str:
    return f"{stage['seconds']:.1f} s, {stage['peak_mb']:,.0f} MB"


def draw_full_release(releases: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw seconds by studies, a line a stage, stacked."""
    figure = Figure(figsize=(6, 3.8), layout="constrained")
    axes = figure.subplots()
    n_studies = [release["n_studies"] / 1000 for release in releases]
    names = [stage["stage"] for stage in releases[0]["stages"]]
    seconds = [[release["stages"][i]["seconds"] for release in releases] for i in range(len(names))]
    axes.stackplot(n_studies, seconds, labels=names)
    axes.plot(
        [0, n_studies[-1]], [0, sum(row[-1] for row in seconds)], color="black", linestyle=":", label="proportional"
    )
    axes.set_xlabel("thousand studies")
    axes.set_ylabel("seconds, all stages")
    axes.set_xlim(0)
    axes.set_ylim(0)
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], labels[::-1], fontsize=7, loc="upper left")
    blocks.save(figure, path)
