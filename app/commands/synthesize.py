"""``cxr synthesize``: an invented release in MIMIC-CXR's layout."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app import console
from app.options import AsJson, Seed
from warehouse.config import load_settings


def synthesize(
    target: Annotated[Path, typer.Argument(help="Folder to make.")] = Path("synthetic-mimic-cxr"),
    n_patients: Annotated[int, typer.Option(help="Number of patients; studies and images follow from it.")] = 500,
    n_images: Annotated[
        int, typer.Option(help="Number of images to draw as DICOM and JPG; the others are rows without a file.")
    ] = 4,
    full: Annotated[
        bool,
        typer.Option("--full", help="Make it as large as MIMIC-CXR: 65,379 patients, 227,835 studies, 377,110 images."),
    ] = False,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Write an invented release: MIMIC-CXR's files, layout and published counts, reports whose true labels are known.

    TARGET/mimic-cxr/2.1.0 and TARGET/mimic-cxr-jpg/2.1.0 are loaded as the real releases are; TARGET/truth has the true
    labels, and the section of each report that they are made from.
    """
    from warehouse import synthetic

    with console.progress() as progress:
        made = synthetic.synthesize(
            target,
            n_patients=synthetic.FULL if full else n_patients,
            seed=seed,
            n_imaged=n_images,
            settings=load_settings(),
            progress=progress,
        )
    console.counts(asdict(made), as_json)
