"""The choices that commands and the library share, each a Literal. Imports nothing, so that ``cxr`` starts quickly."""

from __future__ import annotations

from typing import Literal

Engine = Literal["local", "ray"]
"""Where batches are worked on: on this machine, or on a Ray cluster (`warehouse.ray_pool`)."""

Layout = Literal["table", "chexpert"]
"""How a file of reports looks: columns with names, or the one column without a name that the CheXpert labeler reads."""

Rules = Literal["corrected", "official"]
"""How reports are cut into sections: `nlp.sections.corrected` or `nlp.sections.official`."""

LabelFormat = Literal["brat", "label-studio", "note-nlp"]
"""What labels with their evidence are written as: `nlp.exchange.label_folders`."""

TableFormat = Literal["table", "csv", "json"]
"""How the rows of a query are printed."""

Provider = Literal["auto", "cpu", "cuda", "tensorrt"]
"""Where a network runs: auto is the best that this onnxruntime was built for; any other is that one or an error."""

Device = Literal["auto", "cpu", "cuda"]
"""Where torch trains a network; auto: CUDA where there is a GPU, else the CPU."""

Split = Literal["patient", "release"]
"""How items are split: by the patient's id (`warehouse.splits`), or as the release does."""

View = Literal["frontal", "lateral", "any"]
"""Which images of a study a training set takes."""

ReportText = Literal["findings", "impression", "findings+impression"]
"""Which sections of a report a training set takes."""

Fit = Literal["pad", "crop", "stretch"]
"""How an image becomes square."""

ClassWeights = Literal["none", "root"]
"""Whether positives of rare findings weigh more in the loss: by the root of negatives over positives."""

Method = Literal["activation_map", "occlusion"]
"""How a score of an image is attributed."""

MethodChoice = Literal["auto", Method]
"""As `Method`; auto: the network's activation map where it has one, else occlusion."""

ImageStudy = Literal["resolution", "image-baseline"]
"""The published studies of images that `models.training.studies.images` runs."""
