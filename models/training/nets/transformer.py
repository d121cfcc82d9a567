"""A classifier over any BERT-like network of the transformers library, by short name, hub id or folder."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer
from torch import Tensor, nn

from models.network.tokens import MAX_TOKENS
from models.training.nets import hub
from warehouse.errors import ConfigError

TABLE = Path(__file__).with_name("backbones.csv")

transformers.utils.logging.disable_progress_bar()
# It reports weights of the pretraining's own heads, which are left out on purpose.
transformers.utils.logging.set_verbosity_error()

HEADS = ("pooled", "cnn", "bilstm")

_KERNELS = (3, 4, 5)
_CHANNELS = 128
_HIDDEN = 256
_DROPOUT = 0.1
# Where a maximum must not look; finite, so that a row of padding alone gives numbers.
_NEVER = -1e4
# None of the code that some repositories hold is fetched or run.
_WEIGHTS = ["model*.safetensors", "pytorch_model*.bin"]
_FILES = ["*.json", "vocab.txt", "merges.txt"]


@dataclass(frozen=True)
class Backbone:
    """A pretrained network and the tokenizer that makes its ids."""

    net: transformers.PreTrainedModel
    tokenizer: Tokenizer
    pad_id: int
    source: str
    """Hub id, or the folder's name."""
    licence: str


@cache
def known_backbones() -> dict[str, dict[str, str]]:
    """Return the table of backbones by short name: hub_id, licence, note."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


def load_backbone(name: str, *, max_tokens: int = MAX_TOKENS) -> Backbone:
    """Load a backbone, and its tokenizer cutting at ``max_tokens``, special tokens included.

    Parameters
    ----------
    name : str
        A folder with config.json, weights and tokenizer; a short name of `known_backbones`; or a hub id. What has a
        hub id is taken from the hub's cache, or fetched.
    max_tokens : int
        At most the positions that the backbone has.

    Raises
    ------
    ConfigError
        It is not here and the hub cannot be reached, or it is no network that the transformers library knows.
    """
    known = known_backbones()
    hub_id = known[name]["hub_id"] if name in known else name
    licence = next((row["licence"] for row in known.values() if row["hub_id"] == hub_id), "see its maker")
    path = Path(name).expanduser()
    folder = path if path.is_dir() else _from_hub(hub_id)
    try:
        config = _config(folder)
        net = transformers.AutoModel.from_pretrained(
            folder, config=config, attn_implementation="eager", dtype=torch.float32
        )
        tokenizer = _tokenizer(folder, config)
    except Exception as error:  # noqa: BLE001  each part of a damaged backbone fails in a way of its own
        raise ConfigError(
            f"the backbone cannot be loaded ({type(error).__name__})",
            where=folder,
            fix="It needs config.json, model.safetensors or pytorch_model.bin, and tokenizer.json or vocab.txt",
        ) from None
    tokenizer.no_padding()
    tokenizer.enable_truncation(min(max_tokens, getattr(config, "max_position_embeddings", max_tokens)))
    return Backbone(net, tokenizer, config.pad_token_id or 0, path.name if path.is_dir() else hub_id, licence)


def _from_hub(hub_id: str) -> Path:
    """Return the folder of the hub's cache that has the files, fetching them where it has none."""
    folder = hub.fetch(hub_id, _WEIGHTS, _FILES)
    if folder is None:
        raise ConfigError(
            f"the backbone '{hub_id}' is not here and the hub does not give it",
            fix=f"Where the hub can be reached: huggingface-cli download {hub_id} --local-dir FOLDER; "
            f"then --backbone FOLDER. Known: compact, {', '.join(known_backbones())}",
        )
    return folder


def _config(folder: Path) -> transformers.PreTrainedConfig:
    """Return the configuration; one of a type that comes with code of its own, such as CXR-BERT's, is read as BERT's.

    Below its projection CXR-BERT is BERT; the projection is for pairing with images and stays out.
    """
    stored, _ = transformers.PreTrainedConfig.get_config_dict(folder)
    kind = stored.get("model_type")
    if kind in transformers.CONFIG_MAPPING:
        return transformers.AutoConfig.from_pretrained(folder)
    if "bert" not in str(kind):
        raise ValueError(kind)
    return transformers.BertConfig.from_dict({k: v for k, v in stored.items() if k not in ("model_type", "auto_map")})


def _tokenizer(folder: Path, config: transformers.PreTrainedConfig) -> Tokenizer:
    if (path := folder / "tokenizer.json").exists():
        return Tokenizer.from_file(str(path))
    fast = transformers.AutoTokenizer.from_pretrained(folder, config=config)
    return Tokenizer.from_str(fast.backend_tokenizer.to_str())


def check_head(head: str) -> None:
    """Raise when there is no such head."""
    if head not in HEADS:
        raise ConfigError(f"no head '{head}'", fix=f"Known: {', '.join(HEADS)}")


class TransformerNet(nn.Module):
    """A backbone under one of three heads.

    Parameters
    ----------
    backbone : transformers.PreTrainedModel
        With a hidden state a token.
    n_outputs : int
    head : {'pooled', 'cnn', 'bilstm'}
        ``pooled``: the backbone's pooler, or its first token where it has none. ``cnn``: convolutions over 3, 4 and 5
        hidden states side by side, the maximum of each over the report (Kim 2014). ``bilstm``: an LSTM each way over
        the hidden states, the maximum over the report.
    pad_id : int
    """

    def __init__(
        self, backbone: transformers.PreTrainedModel, n_outputs: int, head: str = "pooled", *, pad_id: int = 0
    ) -> None:
        super().__init__()
        self.backbone, self.head, self.pad_id = backbone, head, pad_id
        width = backbone.config.hidden_size
        if head == "cnn":
            self.convolutions = nn.ModuleList(nn.Conv1d(width, _CHANNELS, k, padding=k // 2) for k in _KERNELS)
        elif head == "bilstm":
            self.onward = nn.LSTM(width, _HIDDEN, batch_first=True)
            self.homeward = nn.LSTM(width, _HIDDEN, batch_first=True)
        wide = {"pooled": width, "cnn": _CHANNELS * len(_KERNELS), "bilstm": 2 * _HIDDEN}[head]
        self.dropout = nn.Dropout(_DROPOUT)
        self.output = nn.Linear(wide, n_outputs)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (batch, n_outputs) and embedding (batch, width) of token ids (batch, sequence)."""
        is_token = tokens != self.pad_id
        found = self.backbone(input_ids=tokens, attention_mask=is_token.to(torch.int64))
        embedding = self._embed(found, is_token.unsqueeze(-1))
        return self.output(self.dropout(embedding)), embedding

    def _embed(self, found: transformers.utils.ModelOutput, is_token: Tensor) -> Tensor:
        hidden = found.last_hidden_state
        if self.head == "pooled":
            pooled = getattr(found, "pooler_output", None)
            return hidden[:, 0] if pooled is None else pooled
        # What padding holds must not reach the neighbours that a convolution or an LSTM looks at.
        hidden = hidden * is_token
        if self.head == "cnn":
            n = hidden.shape[1]
            read = [torch.relu(each(hidden.transpose(1, 2)))[:, :, :n].transpose(1, 2) for each in self.convolutions]
            return torch.cat(read, dim=-1).masked_fill(~is_token, _NEVER).amax(dim=1)
        # Backwards from the report's last token, not from the padding's, which would make padding count.
        onward, _ = self.onward(hidden)
        homeward, _ = self.homeward(_reversed(hidden, is_token))
        read = torch.cat([onward, _reversed(homeward, is_token)], dim=-1)
        return read.masked_fill(~is_token, _NEVER).amax(dim=1)


def _reversed(hidden: Tensor, is_token: Tensor) -> Tensor:
    """Return each row's tokens (batch, sequence, width) in reverse order, padding still behind them."""
    steps = torch.arange(hidden.shape[1], device=hidden.device)
    places = (is_token.sum(dim=1) - 1 - steps).clamp(min=0).unsqueeze(-1)
    return hidden.gather(1, places.expand(-1, -1, hidden.shape[2]))
