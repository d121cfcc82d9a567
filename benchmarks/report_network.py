"""The report network: its recipe in 5-fold cross-validation, and the speed of the network in the zoo.

Every report is predicted by a network that has not seen it: a fold's network is trained by `models.fit` on the
other folds, of which every tenth report chooses the epoch. The folds are of reports; in Open-I a report is a patient.
The coding is the NegBio authors' table of Open-I's MeSH terms where that is at hand, else this project's crosswalk.
"""

from __future__ import annotations

import csv
import shutil
import time
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.setting import SHARED, machine, open_i_warehouse, write_result
from models import evaluate
from models.datasets import ANNOTATOR, Reports, read_reports, target_sources
from models.fit import EPOCHS, N_MEMBERS, fit, predict
from models.nets import torch
from models.scoring import score_reports
from nlp import engines
from nlp.batch import label_warehouse
from warehouse import findings
from warehouse.config import Settings

N_FOLDS = 5
VALIDATION = 10

FINDINGS = (
    "cardiomegaly", "edema", "consolidation", "pneumonia", "atelectasis", "pneumothorax", "pleural_effusion",
    "no_finding",
)  # fmt: skip
"""Findings of the mean; 'no_finding' is the coders' "normal"."""

PUBLISHED = (
    {
        "network": "TieNet, report alone",
        "mean_auroc": 0.970,
        "source": "Wang et al. 2018, arXiv 1801.04334; Ji et al. 2021, arXiv 2109.01949, Table 3",
        "note": "trained on ChestX-ray14 with mined labels, tested on Open-I",
    },
    {
        "network": "JoImTeRNet, report alone",
        "mean_auroc": 0.971,
        "source": "Ji et al. 2021, arXiv 2109.01949, Table 3",
        "note": "fine-tuned; 3,643 Open-I studies, mean over 7 findings",
    },
)


def main() -> None:
    description = machine()
    description["versions"] |= {package: version(package) for package in ("onnxruntime", "tokenizers", "torch")}
    with open_i_warehouse() as (con, settings):
        label_warehouse(con, engines.load("cxr"), settings=settings)
        reports, published = read_reports(con), SHARED / "openi_mesh14_dev.csv"
        if published.exists():
            reports = with_published_coding(reports, published)
        else:
            print(f"{published} is not here: measured against this project's crosswalk")
        con.execute("checkpoint")
        speed = [measure_speed(settings.warehouse, threads) for threads in sorted({1, settings.threads})]
    torch.set_num_threads(settings.threads)
    scores, folds = cross_validate(reports)
    coded = [finding for finding, source in target_sources().items() if source == ANNOTATOR]
    rows = [measure(reports, scores, finding) for finding in coded]
    mean = float(np.mean([row["auroc"] for row in rows if row["is_in_mean"]]))
    result = {
        "machine": description,
        "gold": published.stem if published.exists() else "openi_mesh",
        "n_reports": reports.rows.num_rows,
        "n_folds": N_FOLDS,
        "epochs": EPOCHS,
        "n_members": N_MEMBERS,
        "mean_auroc": mean,
        "rows": rows,
        "folds": folds,
        "published": PUBLISHED,
        "speed": speed,
    }
    print(f"wrote {write_result('report_network', result)}")
    for row in rows:
        if row["auroc"] is not None:
            print("{finding:20} {n_positive:5} positive, AUROC {auroc:.3f} ({low:.3f} to {high:.3f})".format(**row))
    print(f"mean of {len(FINDINGS)}: {mean:.4f}")


def with_published_coding(reports: Reports, path: Path) -> Reports:
    """Return the reports that are in the table, with its columns in place of the targets of its findings."""
    with path.open(encoding="utf-8", newline="") as file:
        coding = {row["uid"]: row for row in csv.DictReader(file)}
    ids = reports.rows["study_id"].to_pylist()
    kept = [i for i, study_id in enumerate(ids) if study_id in coding]
    chosen = reports.take(np.array(kept))
    targets = chosen.targets.copy()
    for label, finding in (findings.scheme("chestxray14") | {"normal": "no_finding"}).items():
        targets[:, reports.findings.index(finding)] = [float(coding[ids[i]][label]) for i in kept]
    return replace(chosen, targets=targets)


def cross_validate(reports: Reports) -> tuple[NDArray[np.float32], list[dict[str, Any]]]:
    """Return the probabilities (n_reports, n_findings) of reports that their network had not seen, and the folds."""
    order = np.random.default_rng(0).permutation(reports.rows.num_rows)
    scores = np.empty_like(reports.targets)
    folds = []
    for fold in range(N_FOLDS):
        held_out, others = order[fold::N_FOLDS], np.delete(order, np.s_[fold::N_FOLDS])
        choosing, training = others[::VALIDATION], np.delete(others, np.s_[::VALIDATION])
        clock = time.perf_counter()
        fitted = fit(reports.take(training), reports.take(choosing), seed=fold)
        seconds = time.perf_counter() - clock
        scores[held_out] = predict(fitted, reports.take(held_out).texts)
        folds.append({"n_train": len(training), "epochs": fitted.epochs, "seconds": seconds})
        print(f"fold {fold + 1} of {N_FOLDS}: {seconds:.0f} s", flush=True)
    return scores, folds


def measure(reports: Reports, scores: NDArray[np.float32], finding: str) -> dict[str, Any]:
    """Return AUROC with its interval over the reports of all folds."""
    i = reports.findings.index(finding)
    interval = evaluate.auroc_interval(reports.targets[:, i].astype(np.float64), scores[:, i].astype(np.float64))
    return {
        "finding": finding,
        "is_in_mean": finding in FINDINGS,
        "n_positive": int(reports.targets[:, i].sum()),
        "auroc": interval and interval.value,
        "low": interval and interval.low,
        "high": interval and interval.high,
    }


def measure_speed(warehouse: Path, threads: int) -> dict[str, Any]:
    """Score all reports with the network in the zoo, from a copy of the warehouse into it."""
    copy = Path(shutil.copy(warehouse, warehouse.with_name(f"threads{threads}.duckdb")))
    scored = score_reports(settings=Settings(warehouse=copy, threads=threads))
    return {
        "threads": threads,
        "network": f"{scored.model} {scored.version}",
        "n_reports": scored.n_items,
        "seconds": scored.seconds,
        "reports_per_second": scored.n_items / scored.seconds,
    }


if __name__ == "__main__":
    main()
