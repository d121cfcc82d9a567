"""``cxr dicom``: radiographs to JPG by MIMIC-CXR-JPG's recipe, and whether headers name a patient."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app import console
from app.options import AsJson
from warehouse.config import load_settings

cli = typer.Typer(help="Convert DICOM files, and check them for who the patient is.", no_args_is_help=True)

Tree = Annotated[Path, typer.Argument(help="Folder of DICOM files, at any depth, or one file.")]
LOOKS_IDENTIFIED = 3


@cli.command("to-jpg")
def to_jpg(
    source: Tree,
    target: Annotated[Path, typer.Argument(help="Folder for the JPGs and manifest.csv.")],
    allow_identified: Annotated[
        bool, typer.Option("--allow-identified", help="Convert files that look identified, too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Convert radiographs as MIMIC-CXR-JPG was made: scaled, MONOCHROME1 inverted, equalised, quality 95.

    Files that look identified are refused, those that cannot be converted are named in the manifest; running it again
    does what is left. Exit code 1 when there is no JPG at all.
    """
    from warehouse.dicom.conversion import convert_tree

    with console.progress() as progress:
        conversion = convert_tree(
            source,
            target,
            identified="allow" if allow_identified else "refuse",
            processes=load_settings().threads,
            progress=progress,
        )
    counts = dict(vars(conversion))
    if as_json:
        console.emit_json(counts)
    else:
        codes = counts.pop("codes")
        console.counts(counts, as_json=False)
        if codes:
            console.table("Not converted", ["code", "files"], sorted(codes.items()))
        if conversion.n_refused:
            console.say("The manifest names the elements that identify; --allow-identified converts such files, too.")
    if not conversion.n_converted + conversion.n_unchanged:
        raise typer.Exit(1)


@cli.command()
def check(path: Tree, as_json: AsJson = False) -> None:
    """Count the files whose header looks as if it named a patient, by element; exit code 3 if there are any.

    Checked are PatientIdentityRemoved, BurnedInAnnotation and the identifying elements of DICOM PS3.15's basic profile.
    Not checked are PatientID, dates, UIDs, devices, free text, private elements and the pixels.
    """
    from warehouse.dicom.inspection import inspect_tree

    with console.progress() as progress:
        inspection = inspect_tree(path, processes=load_settings().threads, progress=progress)
    if as_json:
        console.emit_json(vars(inspection))
    else:
        counts = dict(vars(inspection))
        elements, said = counts.pop("elements"), counts.pop("identity_removed")
        console.counts(counts, as_json=False)
        console.table("", ["PatientIdentityRemoved", "files"], sorted(said.items()))
        if elements:
            console.table("Elements that name someone", ["element", "files"], sorted(elements.items()))
    if inspection.n_looks_identified:
        raise typer.Exit(LOOKS_IDENTIFIED)
