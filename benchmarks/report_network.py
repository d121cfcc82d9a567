"""The report network: its recipe in 5-fold cross-validation, and the speed of the network in the zoo.

Every report is predicted by a network that has not seen it: a fold's network is trained by
`models.training.fit_ensemble` on the other folds. The folds are of reports; in Open-I a report is a patient. The
network in the zoo is measured on coded reports that are not in the table it was trained on. The coding is the NegBio
authors' table of Open-I's MeSH terms where that is at hand, else this project's crosswalk.
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
from models.evaluation import measures
from models.network import registry
from models.network.inference import score
from models.scoring import score_reports
from models.training.coded_reports import ANNOTATOR, read_reports, target_sources
from models.training.coded_sentences import read_sentences
from models.training.fit_ensemble import fit, predict
from models.training.nets import torch
from models.training.report_recipes import read_recipe
from models.training.sets import Items
from nlp import engines
from nlp.labeling.warehouse import label_warehouse
from warehouse import findings
from warehouse.config import Settings

N_FOLDS = 5
RECIPE = read_recipe("report_findings")

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
        everything, published = read_reports(con), SHARED / "openi_mesh14_dev.csv"
        if published.exists():
            reports = with_published_coding(everything, published)
        else:
            print(f"{published} is not here: measured against this project's crosswalk")
            reports = everything
        sentences = read_sentences(con, reports)
        con.execute("checkpoint")
        speed = [measure_speed(settings.warehouse, threads) for threads in sorted({1, settings.threads})]
    torch.set_num_threads(settings.threads)
    held_back = measure_zoo(without(everything, reports)) if published.exists() else None
    scores, folds = cross_validate(reports, sentences)
    coded = [finding for finding, source in target_sources().items() if source == ANNOTATOR]
    rows = [measure(reports, scores, finding) for finding in coded]
    mean = mean_auroc(rows)
    result = {
        "machine": description,
        "gold": published.stem if published.exists() else "openi_mesh",
        "n_reports": reports.rows.num_rows,
        "n_folds": N_FOLDS,
        "epochs": RECIPE.fitting.epochs,
        "n_members": RECIPE.n_members,
        "mean_auroc": mean,
        "rows": rows,
        "folds": folds,
        "published": PUBLISHED,
        "held_back": held_back,
        "speed": speed,
    }
    print(f"wrote {write_result('report_network', result)}")
    show(f"{N_FOLDS}-fold over {reports.rows.num_rows} reports", rows)
    if held_back:
        show(
            "{network} of the zoo on {n_reports} coded reports it was not trained on".format(**held_back),
            held_back["rows"],
        )
    print(f"\n{'mean AUROC':44} {'ours, 5-fold':>12} {mean:.3f}")
    for row in PUBLISHED:
        print("{network:44} {dash:>12} {mean_auroc:.3f}  {note}".format(**row, dash=""))


def show(title: str, rows: list[dict[str, Any]]) -> None:
    print(f"\n{title}")
    for row in rows:
        if row["auroc"] is not None:
            print("{finding:20} {n_positive:5} positive, AUROC {auroc:.3f} ({low:.3f} to {high:.3f})".format(**row))
    print(f"mean of {len(FINDINGS)}: {mean_auroc(rows):.4f}")


def mean_auroc(rows: list[dict[str, Any]]) -> float:
    return float(np.mean([row["auroc"] for row in rows if row["is_in_mean"]]))


def without(reports: Items, others: Items) -> Items:
    """Return the reports that are not among the others."""
    is_other = np.isin(reports.rows["study_id"].to_pylist(), others.rows["study_id"].to_pylist())
    return reports.take(np.flatnonzero(~is_other))


def measure_zoo(reports: Items) -> dict[str, Any]:
    """Measure the network in the zoo as it is, thresholds and all."""
    manifest, network = registry.load("report_findings")
    scores = score(network, reports.texts)
    rows = []
    for finding, source in target_sources().items():
        if source == ANNOTATOR:
            rows.append(measure(reports, scores, finding, manifest.thresholds[finding]))
    return {
        "network": f"{manifest.name} {manifest.version}",
        "n_reports": reports.rows.num_rows,
        "mean_auroc": mean_auroc(rows),
        "rows": rows,
    }


def with_published_coding(reports: Items, path: Path) -> Items:
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


def cross_validate(reports: Items, sentences: Items) -> tuple[NDArray[np.float32], list[dict[str, Any]]]:
    """Return the probabilities (n_reports, n_findings) of reports that their network had not seen, and the folds."""
    order = np.random.default_rng(0).permutation(reports.rows.num_rows)
    scores = np.empty_like(reports.targets)
    studies = np.array(reports.rows["study_id"].to_pylist())
    origins = np.array(sentences.rows["study_id"].to_pylist())
    folds = []
    for fold in range(N_FOLDS):
        held_out, others = order[fold::N_FOLDS], np.delete(order, np.s_[fold::N_FOLDS])
        beside = sentences.take(np.flatnonzero(np.isin(origins, studies[others])))
        clock = time.perf_counter()
        fitted = fit(reports.take(others), RECIPE.fitting, beside=beside, n_members=RECIPE.n_members, seed=fold)
        seconds = time.perf_counter() - clock
        scores[held_out] = predict(fitted, reports.take(held_out).texts)
        folds.append({"n_train": len(others), "epochs": fitted.epochs, "seconds": seconds})
        print(f"fold {fold + 1} of {N_FOLDS}: {seconds:.0f} s", flush=True)
    return scores, folds


def measure(
    reports: Items, scores: NDArray[np.float32], finding: str, threshold: float = measures.THRESHOLD
) -> dict[str, Any]:
    """Return AUROC with its interval over the reports, and precision, recall and F1 at a threshold."""
    found = measures.measure(*measures.with_target(reports.targets, scores, reports.findings.index(finding)), threshold)
    return {
        "finding": finding,
        "is_in_mean": finding in FINDINGS,
        "n_positive": found.n_positive,
        "auroc": found.auroc,
        "low": found.auroc_low,
        "high": found.auroc_high,
        "precision": found.precision,
        "recall": found.recall,
        "f1": found.f1,
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
