"""Fit a classifier of texts on any backbone, or a compact network that needs none. Needs the extra 'train'."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from models.network.tokens import MAX_TOKENS, PAD_ID, build_tokenizer, encode
from models.training.fit_tokens import Coded, fit_one, predict_logits
from models.training.nets import torch
from models.training.nets.device import choose_device, deterministic, device_name
from models.training.nets.report_network import Classifier, ReportNet
from models.training.report_recipes import TokenRecipe, read_recipe
from models.training.sets import Items
from warehouse.errors import ConfigError
from warehouse.progress import Progress

COMPACT_BACKBONE = "compact"
PAPER = TokenRecipe(epochs=8, batch_size=32, learning_rate=6e-6)
"""For a backbone that was pretrained, as in IEEE Access 10529271: Adam, 8 epochs."""
COMPACT = read_recipe("report_findings").fitting
"""For the compact network, from random weights: as the packaged one is fitted."""

MIN_TOKENS = 8
"""Shorter texts are hardly more than the marks that a tokenizer puts at their ends."""


@dataclass(frozen=True)
class Choice:
    """What network is fitted, and how.

    Attributes
    ----------
    backbone : str
        ``compact``, or what `models.training.nets.transformer.load_backbone` takes.
    head : {'pooled', 'cnn', 'bilstm'}
        Over a backbone; ``compact`` has its own.
    max_tokens : int
        Where texts are cut.
    batch_size, epochs, learning_rate : optional
        Default: `PAPER`, or `COMPACT` for the compact network.
    device : {'auto', 'cpu', 'cuda'}
    seed : int
    """

    backbone: str = COMPACT_BACKBONE
    head: str = "pooled"
    max_tokens: int = MAX_TOKENS
    batch_size: int | None = None
    epochs: int | None = None
    learning_rate: float | None = None
    device: str = "auto"
    seed: int = 0

    def recipe(self) -> TokenRecipe:
        """Return the recipe with its defaults filled in."""
        if self.max_tokens < MIN_TOKENS:
            raise ConfigError(f"a text needs {MIN_TOKENS} tokens or more", fix="Give a greater --max-length")
        default = COMPACT if self.backbone == COMPACT_BACKBONE else PAPER
        return default.changed(batch_size=self.batch_size, epochs=self.epochs, learning_rate=self.learning_rate)


@dataclass(frozen=True)
class FittedTexts:
    """A fitted classifier.

    Attributes
    ----------
    net : Classifier
        From token ids to probabilities and embedding; on the CPU.
    tokenizer : Tokenizer
    pad_id : int
    epoch : int
        That the weights are from, from 1.
    architecture, initial_weights, device : str
        For the manifest.
    """

    net: Classifier
    tokenizer: Tokenizer
    pad_id: int
    epoch: int
    architecture: str
    initial_weights: str
    device: str

    @property
    def max_tokens(self) -> int:
        """Where texts are cut."""
        return int((self.tokenizer.truncation or {})["max_length"])

    def predict(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return probabilities (n_texts, n_outputs) from torch, on the device that it was fitted on."""
        kind = "cpu" if self.device == "cpu" else "cuda"
        tokens = encode(self.tokenizer, texts)
        logits = predict_logits(self.net.net.to(kind), tokens, pad_id=self.pad_id, device=kind)
        self.net.cpu()
        found: NDArray[np.float32] = torch.from_numpy(logits).sigmoid().numpy()
        return found


def fit_texts(
    training: Items,
    validation: Items,
    choice: Choice,
    *,
    progress: Progress | None = None,
) -> FittedTexts:
    """Fit a classifier and leave it with the weights of its best epoch on validation.

    The same seed, threads and torch version give the same weights on a CPU.

    Parameters
    ----------
    training, validation : Items
    choice : Choice
    progress : callable, optional

    Raises
    ------
    ConfigError
        The backbone cannot be loaded, the head is unknown, the device is not here, or a number is not positive.
    """
    recipe, device = choice.recipe(), choose_device(choice.device)
    torch.manual_seed(choice.seed)
    n_outputs = training.targets.shape[1]
    if choice.backbone == COMPACT_BACKBONE:
        tokenizer = build_tokenizer(training.texts)
        tokenizer.enable_truncation(choice.max_tokens)
        net, pad_id = ReportNet(tokenizer.get_vocab_size(), n_outputs), PAD_ID
        architecture, initial_weights = "ReportNet", "random"
    else:
        # Here, so that the compact network does without the seconds that the library takes to import.
        from models.training.nets.transformer import TransformerNet, check_head, load_backbone

        check_head(choice.head)
        backbone = load_backbone(choice.backbone, max_tokens=choice.max_tokens)
        tokenizer, pad_id = backbone.tokenizer, backbone.pad_id
        net = TransformerNet(backbone.net, n_outputs, choice.head, pad_id=pad_id)
        architecture = f"{type(backbone.net).__name__} with head {choice.head}"
        initial_weights = f"{backbone.source} (licence: {backbone.licence}); the head random"
    with deterministic(device):
        epoch = fit_one(
            net,
            _coded(tokenizer, training),
            _coded(tokenizer, validation),
            recipe,
            pad_id=pad_id,
            device=device,
            seed=choice.seed,
            progress=lambda done: progress and progress("train", done, recipe.epochs),
        )
    return FittedTexts(
        Classifier(net).cpu().eval(), tokenizer, pad_id, epoch, architecture, initial_weights, device_name(device)
    )


def _coded(tokenizer: Tokenizer, items: Items) -> Coded:
    """Return the items whose text has ids."""
    tokens = encode(tokenizer, items.texts)
    return Coded(tokens, items.targets).take(np.flatnonzero([len(row) > 0 for row in tokens]))
