"""A small convolutional network over the tokens of a report."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.network.tokens import PAD_ID

# Where softmax and maximum must not look; finite, so that a row of padding alone gives numbers.
_NEVER = -1e4


class ReportNet(nn.Module):
    """Embedding, residual dilated convolutions, attention of each output, and maximum and mean over the report.

    Padding is zeroed before every layer that looks at neighbours, so that a report's scores do not depend on it.

    Parameters
    ----------
    vocabulary : int
        Number of token ids.
    n_outputs : int
    embedding, width : int
        Sizes of token and hidden vectors.
    dilations : sequence of int
        Distance of the three taps of each convolution; 1, 2, 4 see 7 tokens to either side: about a negation's scope.
    dropout : float
    """

    def __init__(
        self,
        vocabulary: int,
        n_outputs: int,
        *,
        embedding: int = 64,
        width: int = 96,
        dilations: Sequence[int] = (1, 2, 4),
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        self.dilations = tuple(dilations)
        self.embed = nn.Embedding(vocabulary, embedding, padding_idx=PAD_ID)
        self.widen = nn.Linear(embedding, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in dilations)
        self.taps = nn.ModuleList(nn.Linear(3 * width, width) for _ in dilations)
        self.attention = nn.Linear(width, n_outputs)
        self.value = nn.Linear(width, n_outputs)
        self.whole = nn.Linear(2 * width, n_outputs)
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (batch, n_outputs) and embedding (batch, 2 * width) of token ids (batch, sequence)."""
        is_token = (tokens != PAD_ID).unsqueeze(-1)
        mask = is_token.to(torch.float32)
        hidden = self.widen(self.dropout(self.embed(tokens))) * mask
        for dilation, norm, taps in zip(self.dilations, self.norms, self.taps, strict=True):
            # Three shifted copies and one product: several times faster on a CPU than Conv1d at this width.
            padded = functional.pad(norm(hidden) * mask, (0, 0, dilation, dilation))
            neighbours = torch.cat(
                [padded[:, : -2 * dilation], padded[:, dilation:-dilation], padded[:, 2 * dilation :]], dim=-1
            )
            hidden = (hidden + self.dropout(functional.gelu(taps(neighbours)))) * mask
        weights = self.attention(hidden).masked_fill(~is_token, _NEVER).softmax(dim=1)
        attended = (weights * self.value(hidden)).sum(dim=1)
        highest = hidden.masked_fill(~is_token, _NEVER).amax(dim=1)
        mean = hidden.sum(dim=1) / mask.sum(dim=1).clamp(min=1.0)
        embedding = torch.cat([highest, mean], dim=1)
        return attended + self.whole(self.dropout(embedding)), embedding


class Ensemble(nn.Module):
    """Networks trained from different seeds; the mean of their logits, as probabilities of the first outputs."""

    def __init__(self, members: Sequence[nn.Module], n_findings: int) -> None:
        super().__init__()
        self.n_findings = n_findings
        self.members = nn.ModuleList(members)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Return probabilities (batch, n_findings) and the members' embeddings side by side (batch, width)."""
        logits, embeddings = zip(*(member(tokens) for member in self.members), strict=True)
        return torch.stack(logits).mean(dim=0)[:, : self.n_findings].sigmoid(), torch.cat(embeddings, dim=1)


class Classifier(nn.Module):
    """A network that gives logits, as one that gives probabilities."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Return probabilities (batch, n_outputs) and embedding (batch, width) of token ids (batch, sequence)."""
        logits, embedding = self.net(tokens)
        return logits.float().sigmoid(), embedding.float()
