"""Options that several commands share: one name, one meaning, one help text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from warehouse.choices import Device, Engine, Provider, ReportText, Rules, Split, View
from warehouse.names import dataset_of

FILES = "Files instead of a warehouse"
NETWORK, SET = "Network and training", "Training set"
"""Panels of help."""

Warehouse = Annotated[
    Path | None,
    typer.Option(
        "--warehouse", "-w", help="DuckDB file to work on.", show_default="CXR_WAREHOUSE or ./warehouse.duckdb"
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]

Dataset = Annotated[
    str | None,
    typer.Option(
        "--dataset", "-d", metavar="NAME", parser=dataset_of,
        help="Data set of the study, e.g. mimic-cxr, where several have its id.",
    ),
]  # fmt: skip
Datasets = Annotated[
    list[str] | None,
    typer.Option(
        "--dataset", "-d", metavar="NAME", parser=dataset_of,
        help="Take only this data set, e.g. mimic-cxr; repeat for more.", show_default="all",
    ),
]  # fmt: skip
TrainingDatasets = Annotated[
    list[str] | None,
    typer.Option(
        "--dataset", "-d", metavar="NAME", parser=dataset_of,
        help="Take the items of this data set, e.g. mimic-cxr; repeat for more.", rich_help_panel=SET,
    ),
]  # fmt: skip
OPENI, CHESTXRAY14 = ["openi"], ["chestxray14"]
"""What is trained on by default: reports, images."""
Findings = Annotated[
    list[str] | None,
    typer.Option("--finding", "-f", metavar="ID", help="Show only this finding, e.g. edema; repeat for more."),
]
Studies = Annotated[
    list[str] | None, typer.Option("--study", metavar="ID", help="Take only this study; repeat for more.")
]
StudyList = Annotated[
    Path | None,
    typer.Option(
        "--studies",
        help="Take only the studies in this CSV's column study_id or uid.",
        show_default="all",
        rich_help_panel=SET,
    ),
]

Scheme = Annotated[
    str, typer.Option(help="Findings to label: chexpert14, chestxray14, or a YAML file with your own findings.")
]
SectionRules = Annotated[
    Rules,
    typer.Option(
        "--rules", help="Section rules. corrected: labels are made from these; official: MIMIC-CXR's own parser."
    ),
]
EngineOption = Annotated[
    Engine,
    typer.Option("--engine", help="Run in local processes, or on a Ray cluster (extra 'ray', RAY_ADDRESS)."),
]
ProviderOption = Annotated[
    Provider,
    typer.Option("--provider", help="Device to run the network on; auto takes CUDA if this onnxruntime has it."),
]
Model = Annotated[str, typer.Option("--model", "-m", help="Network of the zoo to use: NAME or NAME@VERSION.")]

Labeler = Annotated[
    str, typer.Option("--labeler", "-l", help="Labeler whose labels are used, as in marts.dim_labeler.")
]
TrainingLabeler = Annotated[
    str,
    typer.Option(
        "--labeler", "-l", help="Learn the labels of this labeler, as in marts.dim_labeler.", rich_help_panel=SET
    ),
]
SchemeFindings = Annotated[
    list[str] | None,
    typer.Option(
        "--finding", "-f", metavar="ID", rich_help_panel=SET,
        help="Learn this finding, or those of a scheme: chexpert14, chestxray14; repeat for more.",
    ),
]  # fmt: skip
Policy = Annotated[
    str,
    typer.Option(
        help="How uncertain labels become targets, as in the seed label_policy, e.g. u_ones.", rich_help_panel=SET
    ),
]
SplitOption = Annotated[
    Split, typer.Option("--split", help="Split by the patient's id, or as the release does.", rich_help_panel=SET)
]
ViewOption = Annotated[View, typer.Option("--view", help="Take only images of this view.", rich_help_panel=SET)]
TextOption = Annotated[
    ReportText, typer.Option("--text", help="Take these sections of each report.", rich_help_panel=SET)
]

Seed = Annotated[int, typer.Option(help="Seed of all random choices: the same seed gives the same result.")]
DeviceOption = Annotated[
    Device,
    typer.Option("--device", help="Device to train on; auto takes the GPU if there is one.", rich_help_panel=NETWORK),
]
Folds = Annotated[
    int,
    typer.Option(
        min=0,
        help="Measure by cross-validation in this many folds, then train on everything; 0 measures on the test split.",
    ),
]
Epochs = Annotated[
    int | None,
    typer.Option(
        help="Stop after this many epochs at the latest.", show_default="the recipe's", rich_help_panel=NETWORK
    ),
]
BatchSize = Annotated[
    int | None,
    typer.Option(help="Images or reports per training step.", show_default="the recipe's", rich_help_panel=NETWORK),
]
LearningRate = Annotated[
    float | None,
    typer.Option(help="Peak learning rate of the schedule.", show_default="the recipe's", rich_help_panel=NETWORK),
]
InitialWeights = Annotated[
    str | None,
    typer.Option(
        help="Start from these weights: imagenet, random, or a checkpoint file.",
        show_default="the recipe's",
        rich_help_panel=NETWORK,
    ),
]

ReportInput = Annotated[
    Path | None,
    typer.Option(
        "--input", "-i",
        help="Read reports from here, without a warehouse: CSV (.gz or not) or Parquet with study_id and text, a "
        "folder or zip of .txt files.", rich_help_panel=FILES,
    ),
]  # fmt: skip
ImageFolder = Annotated[
    Path, typer.Option("--images", metavar="DIR", help="Folder that holds the image files, in any arrangement.")
]
ImageFolders = Annotated[
    list[str] | None,
    typer.Option(
        "--images", metavar="DIR",
        help="Folder that holds the image files, in any arrangement; DATASET=DIR for one data set; repeat for more.",
    ),
]  # fmt: skip
ZooOutput = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Zoo folder to write the network into.", show_default="CXR_ZOO or ./cxr-zoo"),
]


def image_folders(texts: Sequence[str] | None) -> dict[str, Path]:
    """Return folder by data set of DIR and DATASET=DIR; the data set is empty for DIR alone."""
    folders: dict[str, Path] = {}
    for text in texts or ():
        dataset, equals, folder = text.partition("=")
        is_named = equals and not Path(text).is_dir()
        key = dataset_of(dataset) if is_named else ""
        if key in folders:
            raise typer.BadParameter("--images names two folders for the same data; give DATASET=DIR, or their parent")
        folders[key] = Path(folder if is_named else text)
    return folders
