"""The Python surface of cxr-warehouse: ``import cxr``.

Everything that the documentation uses is here, by one name each; the other packages are how it is made and may change.
Importing it loads nothing else: what a name needs is imported when the name is first used.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.attribution.boxes import Box, on_square, share_inside
    from models.attribution.images import ImageAttribution
    from models.attribution.words import attribute_texts
    from models.evaluation.files import measure_files as evaluate
    from models.network.inference import Network
    from models.network.manifest import Manifest
    from models.scoring.arrays import score_images, score_texts
    from nlp.engines.phrase_labeler import label, mentions
    from nlp.evaluation.agreement import agreements
    from nlp.evaluation.benchmark import compare, contrast
    from nlp.evaluation.label_file import read_label_file
    from nlp.exchange.brat import to_brat
    from nlp.exchange.displacy import DISPLACY_OPTIONS, to_displacy
    from nlp.labeling.files import LabeledFile
    from nlp.report import LabeledReport, Mention, Section
    from nlp.rules.compile import LEXICON, Lexicon, load_lexicon
    from nlp.rules.table import compare_lexicons
    from nlp.sections import read_sections
    from nlp.udf import register_functions
    from nlp.workbench.lint import lint
    from nlp.workbench.scheme import load_scheme
    from warehouse.choices import Layout, MethodChoice, Provider
    from warehouse.connection import connect
    from warehouse.errors import CxrError

__all__ = [
    "DISPLACY_OPTIONS", "LEXICON", "Box", "CxrError", "HiddenPackageError", "LabeledReport", "Lexicon", "Mention",
    "Network", "Section", "agreements", "attribute_image", "attribute_texts", "compare", "compare_lexicons", "connect",
    "contrast", "evaluate", "label", "label_file", "lint", "list_networks", "load_lexicon", "load_network",
    "load_scheme", "mentions", "on_square", "read_label_file", "read_sections", "register_functions", "score_images",
    "score_texts", "share_inside", "to_brat", "to_displacy",
]  # fmt: skip

_HOMES = {
    "models.attribution.boxes": ("Box", "on_square", "share_inside"),
    "models.attribution.words": ("attribute_texts",),
    "models.evaluation.files": ("evaluate",),
    "models.network.inference": ("Network",),
    "models.scoring.arrays": ("score_images", "score_texts"),
    "nlp.engines.phrase_labeler": ("label", "mentions"),
    "nlp.evaluation.agreement": ("agreements",),
    "nlp.evaluation.benchmark": ("compare", "contrast"),
    "nlp.evaluation.label_file": ("read_label_file",),
    "nlp.exchange.brat": ("to_brat",),
    "nlp.exchange.displacy": ("DISPLACY_OPTIONS", "to_displacy"),
    "nlp.exchange.spacy_component": ("create_findings",),  # spaCy asks for it by pyproject's entry point
    "nlp.report": ("LabeledReport", "Mention", "Section"),
    "nlp.rules.compile": ("LEXICON", "Lexicon", "load_lexicon"),
    "nlp.rules.table": ("compare_lexicons",),
    "nlp.sections": ("read_sections",),
    "nlp.udf": ("register_functions",),
    "nlp.workbench.lint": ("lint",),
    "nlp.workbench.scheme": ("load_scheme",),
    "warehouse.connection": ("connect",),
    "warehouse.errors": ("CxrError",),
}
"""Where a name that is not defined here is at home; the imports above say the same to editors and type checkers."""

_ORIGINAL_NAMES = {"evaluate": "measure_files"}
_FOLDER = Path(__file__).resolve().parent


class HiddenPackageError(ImportError):
    """A package or module of the user's stands on Python's path before one of ours with the same name.

    Our packages have common names (`app`, `models`, `nlp`, `quality`, `warehouse`), and Python takes the first that it
    finds: a folder ``models`` or a file ``app.py`` beside the script or notebook. Only calls that need the hidden
    package fail.
    """


if not TYPE_CHECKING:  # to a type checker a name that is not above is a mistake

    def __getattr__(name: str) -> object:
        for module, names in _HOMES.items():
            if name in names:
                _require(module.partition(".")[0])
                found = getattr(import_module(module), _ORIGINAL_NAMES.get(name, name))
                globals()[name] = found
                return found
        raise AttributeError(f"module 'cxr' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__


@cache
def _require(package: str) -> None:
    """Raise where importing a package of ours, or the one that all need, would import somebody else's."""
    for name in (package, "warehouse"):
        spec = find_spec(name)
        found = Path(spec.origin).resolve() if spec and spec.origin else None
        if found and found != _FOLDER / name / "__init__.py":
            place = found.parent if found.name == "__init__.py" else found
            raise HiddenPackageError(
                f"{place} hides the package '{name}' of cxr-warehouse. Rename it, or start Python from another folder",
                name=name,
            )


def label_file(
    source: str | Path,
    target: str | Path,
    *,
    scheme: str = "chexpert14",
    layout: Layout = "table",
    columns: tuple[str, str] = ("study_id", "text"),
    processes: int | None = None,
) -> LabeledFile:
    r"""Label a file of reports into a CSV file of study labels in the layout of MIMIC-CXR-JPG, as ``cxr label`` does.

    Parameters
    ----------
    source : str or Path
        CSV, Parquet, or a folder or zip of text files.
    target : str or Path
        File to write, compressed if its name ends in ``.gz``: 1.0 present, 0.0 absent, -1.0 uncertain, empty not
        mentioned. It appears when it is complete.
    scheme : str
        ``chexpert14``, ``chestxray14``, or the path of a scheme of your own, see `load_scheme`.
    layout : {'table', 'chexpert'}
        ``chexpert``: reports in one column without a header, as the CheXpert labeler reads.
    columns : (str, str)
        A table's columns of ids and texts.
    processes : int, optional
        For files of more than 20 MB; default: the setting ``threads``, which is every core.

    Raises
    ------
    CxrError
        The source cannot be read, the target cannot be written, or there is no such scheme.

    Examples
    --------
    >>> import cxr
    >>> from pathlib import Path
    >>> _ = Path("reports.csv").write_text("study_id,text\n50,No pneumothorax.\n")
    >>> cxr.label_file("reports.csv", "labels.csv").n_rows
    1
    """
    _require("nlp")
    from nlp.labeling import files
    from nlp.workbench.scheme import load_scheme
    from warehouse.config import load_settings

    return files.label_file(
        Path(source),
        Path(target),
        scheme=load_scheme(scheme),
        layout=layout,
        columns=columns,
        settings=load_settings(threads=processes),
    )


def list_networks(zoo: str | Path | None = None) -> list[Manifest]:
    """Return the manifest of the newest version of each network: what it was made from, its findings and thresholds.

    Parameters
    ----------
    zoo : str or Path, optional
        Folder of networks that are not the package's own; default: the setting ``zoo``.

    Examples
    --------
    >>> import cxr
    >>> [network.name for network in cxr.list_networks() if network.input == "report"]
    ['report_findings']
    """
    _require("models")
    from models.network import registry
    from warehouse.config import load_settings

    return registry.list_models(load_settings(zoo=zoo).zoo)


def load_network(
    name: str,
    *,
    zoo: str | Path | None = None,
    threads: int = 1,
    provider: Provider = "auto",
) -> Network:
    """Open a network by ``name`` (its newest version) or ``name@version``.

    Parameters
    ----------
    name : str
    zoo : str or Path, optional
        As of `list_networks`.
    threads : int
    provider : {'auto', 'cpu', 'cuda', 'tensorrt'}
        Where it runs; ``auto``: CUDA where this onnxruntime has it, else the CPU.

    Raises
    ------
    CxrError
        No such network, weights that its manifest does not describe, or a provider that cannot be used here.

    Examples
    --------
    >>> import cxr
    >>> "pneumothorax" in cxr.load_network("report_findings").findings
    True
    """
    _require("models")
    from models.network import registry
    from warehouse.config import load_settings

    return registry.load(name, zoo=load_settings(zoo=zoo).zoo, threads=threads, provider=provider)[1]


def attribute_image(network: Network, file: str | Path, *, method: MethodChoice = "auto") -> ImageAttribution:
    """Attribute an image network's scores of a file to the places of the image.

    Parameters
    ----------
    network : Network
        Over images.
    file : str or Path
    method : {'auto', 'activation_map', 'occlusion'}
        ``auto``: class activation maps where the network has them, else occlusion.

    Returns
    -------
    ImageAttribution
        ``maps``, (findings, rows, columns) of the square that the network reads, and ``probabilities``, (findings,).

    Raises
    ------
    CxrError
        The file cannot be read as an image, or the network reads reports or has no activation map.

    Examples
    --------
    >>> import cxr
    >>> from PIL import Image
    >>> Image.linear_gradient("L").save("grey.png")
    >>> cxr.attribute_image(cxr.load_network("image_findings"), "grey.png").maps.shape
    (15, 7, 7)
    """
    _require("models")
    from models.attribution.output import attribute_file
    from warehouse.dicom.errors import UnreadableError
    from warehouse.errors import SourceError

    try:
        return attribute_file(network, Path(file), method)[1]
    except UnreadableError as error:
        raise SourceError(error.message, where=file) from None


def main() -> None:
    """Run the command ``cxr``; where a package of ours is hidden, say so in one line."""
    try:
        for package in ("app", "models", "nlp", "quality"):
            _require(package)
    except HiddenPackageError as error:
        sys.exit(f"cxr: {error}")
    from app.cli import main as run

    run()


if __name__ == "__main__":
    main()
